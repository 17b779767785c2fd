package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/command"
	"github.com/daybreak-ml/daybreak/demo/load"
	"github.com/daybreak-ml/daybreak/demo/nights"
	"github.com/daybreak-ml/daybreak/events"
)

// programs gives a folder that holds programs of the right names.
func programs(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"pipelines", "predictor", "trainer"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\nexit 1\n"), 0o755))
	}
	return dir
}

func TestFlagsThatCannotBeRight(t *testing.T) {
	bin := programs(t)
	occupied := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(occupied, "letter.txt"), []byte("dear"), 0o644))
	for _, c := range []struct {
		name, says string
		code       int
		args       []string
	}{
		{"no nights", "--days is 0; it must be 1 or more", command.Misused, []string{"--days=0"}},
		{"a sabotage without a night before and after", "--days is 2; with --sabotage it must be 3 or more", command.Misused, []string{"--days=2", "--sabotage=day"}},
		{"an unknown sabotage", "--sabotage must be one of", command.Misused, []string{"--sabotage=everything"}},
		{"a rate of none", "--rate is 0", command.Misused, []string{"--rate=0"}},
		{"no connections", "--connections is 0", command.Misused, []string{"--connections=0"}},
		{"programs that are not built", "go build -o", command.Misused, []string{"--bin", t.TempDir()}},
		{"a folder that is somebody else's", "no demo put there", command.Misused, []string{"--data", occupied}},
		{"data that is not there", "there is no data at no/such/folder", command.Failed, []string{"--dataset=no/such/folder", "--mapping=../events/mapping/online-retail.yaml", "--data", t.TempDir()}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			args := append([]string{"--bin", bin}, c.args...)
			code := command.RunArgs(t.Context(), "demo", "", &demo{}, args, &stdout, &stderr)
			require.Equal(t, c.code, code, stderr.String())
			require.Contains(t, stderr.String(), c.says)
		})
	}
}

func TestKeepIsOneOrZero(t *testing.T) {
	// What a Makefile has is KEEP=0 and KEEP=1; --days=0 ends the demo before it begins.
	for _, keep := range []string{"--keep=0", "--keep=1", "--no-keep", "--keep"} {
		var stderr bytes.Buffer
		var d demo
		command.RunArgs(t.Context(), "demo", "", &d, []string{"--days=0", keep}, &bytes.Buffer{}, &stderr)
		require.Contains(t, stderr.String(), "--days is 0")
		require.Equal(t, keep == "--keep=1" || keep == "--keep", d.Keep, keep)
	}
}

func day(d int) events.Day { return events.NewDay(2011, time.November, d) }

func TestNewestIsTheDayOfTheVersionThatServes(t *testing.T) {
	promoted := &nights.Gate{Verdict: nights.Promote}
	r := report{Nights: []nights.Outcome{
		{Result: nights.Result{Date: day(1), Gate: promoted}},
		{Result: nights.Result{Date: day(2), Gate: promoted}},
		{Result: nights.Result{Date: day(3), Gate: &nights.Gate{Verdict: nights.Reject}}},
		{Result: nights.Result{Date: day(4), Check: nights.Check{Verdict: nights.Hold}}},
	}}
	require.Equal(t, day(2), r.newest())
}

func TestTheReportSaysWhatFailedAndWhoAnswered(t *testing.T) {
	var stdout bytes.Buffer
	r := report{
		Nights: []nights.Outcome{
			{Result: nights.Result{Date: day(8), Gate: &nights.Gate{Verdict: nights.Promote, Reason: "first model"}, Learned: &nights.Learned{Events: 395000}}},
			{Result: nights.Result{Date: day(9), Events: 2000, Learned: &nights.Learned{Events: 400000}}, Released: day(7)},
		},
		Requests: load.Summary{
			Requests: 100, Failed: 2, Failures: []load.Failure{{Reason: "no answer", Count: 2}},
			Versions: []load.Version{{Version: "1", Answers: 90}, {Version: "2", Answers: 8}}, Median: 0.8, Tail: 4.2, Slowest: 31,
		},
		FirstAnswer: 48, rate: 50, connections: 4,
	}
	require.NoError(t, r.write(&command.Output{Stdout: &stdout, Format: "text"}))
	text := stdout.String()
	require.Contains(t, text, "first model")
	require.Contains(t, text, "2011-11-07, which was held, is released: the night of 2011-11-09 learned from 5000 events more than the night before, 2000 of its own day.\n")
	require.Contains(t, text, `
requests  100, 50 a second over 4 connections: 2 failed
          2 × no answer
          answered by version 1 (90), 2 (8)
          within 0.8 ms (half of them), 4.2 ms (99 of 100), 31.0 ms (all)
          the first one 48 s after the demo began
`)

	stdout.Reset()
	require.NoError(t, r.write(&command.Output{Stdout: &stdout, Format: "json"}))
	require.Contains(t, stdout.String(), `"released": "2011-11-07"`)
}

func TestShoppersWhoAskAreThoseOfTheDays(t *testing.T) {
	store, err := events.OpenStore(t.TempDir())
	require.NoError(t, err)
	bought := func(d int, user, item string) events.Event {
		return events.Event{EventID: user + item, UserID: user, ItemID: item, Type: events.Purchase, Time: day(d).Start(time.UTC)}
	}
	for d, all := range map[int][]events.Event{
		1: {bought(1, "anna", "lamp"), bought(1, "ben", "cup")},
		2: {bought(2, "carl", "bag"), bought(2, "ben", "cup"), bought(2, "ben", "lamp")},
	} {
		_, err := store.WriteDay(t.Context(), day(d), events.Batch{Source: "test", TimeZone: "UTC", Read: len(all), Events: all})
		require.NoError(t, err)
	}
	visitors, err := visitorsOf(t.Context(), store, []events.Day{day(1), day(2)})
	require.NoError(t, err)
	require.Equal(t, load.Visitors{Shoppers: []string{"anna", "ben", "carl"}, Items: []string{"bag", "cup", "lamp"}}, visitors)

	most, err := busiest(t.Context(), store, day(2))
	require.NoError(t, err)
	require.Equal(t, "ben", most)
	first, err := busiest(t.Context(), store, day(1))
	require.NoError(t, err)
	require.Equal(t, "anna", first)
}

func TestQuotedIsJSON(t *testing.T) {
	require.Equal(t, `"17850"`, quoted("17850"))
	require.Equal(t, `"a\"b<c"`, quoted(`a"b<c`))
}
