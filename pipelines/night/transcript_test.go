package night

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/pipelines/gate"
)

var update = flag.Bool("update", false, "write the transcripts anew")

// TestTranscripts steps the night's decisions through histories. A file holds commands, each followed
// by what happened; a person reads it as the night's specification.
//
//	export DAYS…            days the shop's export has
//	ingested DAYS…          days that were ingested by other means
//	night DAY [FLAGS…]      a night, which runs to its end or to where it is killed
//	  hold                  the check holds the night's day
//	  reject                the gate rejects the night's model
//	  mlflow-down           MLflow can't be reached
//	  refused               the service refuses the version
//	  killed-before=STEP    … and killed-after=STEP, before what the step did is known of
//	release DAY             someone releases a held day
//	config                  the configuration changes
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.txt"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			content, err := os.ReadFile(file)
			require.NoError(t, err)
			got := replay(t, string(content))
			if *update {
				require.NoError(t, os.WriteFile(file, []byte(got), 0o600))
			}
			require.Equal(t, string(content), got)
		})
	}
}

// replay runs the commands of a transcript and writes it anew with what happens.
func replay(t *testing.T, transcript string) string {
	t.Helper()
	shop := newWorld()
	var written strings.Builder
	for _, line := range strings.Split(strings.TrimSuffix(transcript, "\n"), "\n") {
		switch {
		case strings.HasPrefix(line, "  "):
			continue // what happened when it was written
		case line == "" || strings.HasPrefix(line, "#"):
			fmt.Fprintln(&written, line)
			continue
		}
		fmt.Fprintln(&written, line)
		for _, happened := range shop.do(t, strings.Fields(line)) {
			fmt.Fprintf(&written, "  %s\n", happened)
		}
	}
	return written.String()
}

// world is what nights leave behind, on disk and in MLflow, without either.
type world struct {
	export   []events.Day
	ingested map[events.Day]bool
	checked  map[events.Day]bool
	held     map[events.Day]bool
	measured map[events.Day]bool
	config   int
	trained  map[string]bool // by night
	runs     map[string]bool // by night; true once finished
	versions []registered
	champion string
	challenger,
	answers string // the version the service answers with
}

type registered struct {
	night   string
	date    events.Day
	verdict gate.Decision
	settled bool
}

func newWorld() *world {
	return &world{
		ingested: map[events.Day]bool{}, checked: map[events.Day]bool{}, held: map[events.Day]bool{},
		measured: map[events.Day]bool{}, trained: map[string]bool{}, runs: map[string]bool{},
	}
}

func (w *world) do(t *testing.T, command []string) []string {
	t.Helper()
	var days []events.Day
	for _, word := range command[1:] {
		if day, err := events.ParseDay(word); err == nil {
			days = append(days, day)
		}
	}
	switch command[0] {
	case "export":
		w.export = append(w.export, days...)
	case "ingested":
		for _, day := range days {
			w.ingested[day] = true
		}
	case "release":
		w.held[days[0]] = false
	case "config":
		w.config++
	case "night":
		flags := map[string]string{}
		for _, word := range command[2:] {
			name, value, _ := strings.Cut(word, "=")
			flags[name] = value
		}
		return w.night(days[0], flags)
	default:
		t.Fatalf("no such command: %v", command)
	}
	return nil
}

func (w *world) key(day events.Day) string { return fmt.Sprintf("%s/%d", day, w.config) }

// night runs a night as Run does, on this world. A step is killed before or after its effect; either
// way the night doesn't learn of it.
func (w *world) night(date events.Day, flags map[string]string) (happened []string) {
	state := w.observe(date)
	for range 50 {
		action := state.Next()
		name := strings.TrimSpace(string(action.Step) + " " + dayOf(action))
		if flags["killed-before"] == string(action.Step) {
			return append(happened, "killed before: "+name)
		}
		if action.Step == Done {
			return append(happened, w.summary(state))
		}
		if _, down := flags["mlflow-down"]; down && action.Step == Consult {
			return append(happened, "failed: "+name)
		}
		if _, refused := flags["refused"]; refused && action.Step == HandOver {
			return append(happened, "failed: "+name)
		}
		if outcome := w.act(action, date, flags); outcome != "" {
			name += ": " + outcome
		}
		if flags["killed-after"] == string(action.Step) {
			return append(happened, "killed after: "+name)
		}
		happened = append(happened, name)
		state = w.after(action, state, date)
	}
	return append(happened, "never ends")
}

func dayOf(action Action) string {
	if action.Day.IsZero() {
		return ""
	}
	return action.Day.String()
}

// act has an action's effect on the world.
func (w *world) act(action Action, date events.Day, flags map[string]string) string {
	switch action.Step {
	case Ingest:
		w.ingested[action.Day] = true
	case Check:
		w.checked[action.Day] = true
		if _, hold := flags["hold"]; hold && action.Day == date {
			w.held[action.Day] = true
			return "hold"
		}
		return "pass"
	case Prequential:
		w.measured[date] = true
	case Train:
		w.trained[w.key(date)] = true
	case Log:
		w.runs[w.key(date)] = true
	case Register:
		w.versions = append(w.versions, registered{night: w.key(date), date: date})
		return "version " + fmt.Sprint(len(w.versions))
	case Gate:
		version := w.version(date)
		version.verdict = gate.Promote
		if _, reject := flags["reject"]; reject || w.observe(date).withRegistry(w, date).Overtaken() {
			version.verdict = gate.Reject
		}
		return string(version.verdict)
	case Challenge:
		w.challenger = w.number(date)
	case HandOver:
		w.answers = w.number(date)
	case Crown:
		w.champion = w.number(date)
		w.version(date).settled = true
	}
	return ""
}

// after is the state a night goes on with after an action.
func (w *world) after(action Action, state State, date events.Day) State {
	days := state.Days
	for i := range days {
		day := days[i].Day
		days[i] = DayState{Day: day, Ingested: w.ingested[day], Checked: w.checked[day], Held: w.held[day]}
	}
	consulted, answering := state.Consulted || action.Step == Consult, state.Answering || action.Step == HandOver
	state = w.observe(date)
	state.Days = days
	if consulted {
		state = state.withRegistry(w, date)
	}
	state.Answering = answering
	return state
}

func (w *world) observe(date events.Day) State {
	var state State
	for day := events.NewDay(2011, 11, 1); !day.After(date); day = day.AddDays(1) {
		missed := w.ingested[day] && !w.checked[day] && w.anyChecked()
		for _, exported := range w.export {
			missed = missed || exported == day && !w.ingested[day]
		}
		if missed || day == date {
			state.Days = append(state.Days, DayState{Day: day, Ingested: w.ingested[day], Checked: w.checked[day], Held: w.held[day]})
		}
	}
	state.Measured, state.Trained = w.measured[date], w.trained[w.key(date)]
	return state
}

func (w *world) anyChecked() bool { return len(w.checked) > 0 }

func (s State) withRegistry(w *world, date events.Day) State {
	s.Consulted, s.Logged, s.Challenger = true, w.runs[w.key(date)], w.challenger
	if version := w.version(date); version != nil {
		s.Version, s.Verdict, s.Settled = w.number(date), version.verdict, version.settled
	}
	if w.champion != "" {
		var champion int
		_, _ = fmt.Sscan(w.champion, &champion)
		s.Serving = Serving{Version: w.champion, Date: w.versions[champion-1].date}
	}
	return s
}

func (w *world) version(date events.Day) *registered {
	for i := range w.versions {
		if w.versions[i].night == w.key(date) {
			return &w.versions[i]
		}
	}
	return nil
}

func (w *world) number(date events.Day) string {
	for i := range w.versions {
		if w.versions[i].night == w.key(date) {
			return fmt.Sprint(i + 1)
		}
	}
	return ""
}

func (w *world) summary(state State) string {
	if state.Held() {
		return fmt.Sprintf("done: the day is held; champion %s, %d versions", or(w.champion), len(w.versions))
	}
	return fmt.Sprintf("done: version %s %s; champion %s, challenger %s, %d versions",
		state.Version, state.Verdict, or(w.champion), or(w.challenger), len(w.versions))
}

func or(version string) string {
	if version == "" {
		return "none"
	}
	return version
}

// TestANightKilledAnywhereEndsTheSame kills a night at every step, before and after its effect, runs
// it again, and compares with one that was not killed.
func TestANightKilledAnywhereEndsTheSame(t *testing.T) {
	day := func(n int) events.Day { return events.NewDay(2011, 11, n) }
	steps := []Step{Ingest, Check, Prequential, Train, Consult, Log, Register, Gate, Challenge, HandOver, Crown, Done}
	for _, verdict := range []string{"promote", "reject", "hold"} {
		run := func(kills ...map[string]string) world {
			w := newWorld()
			w.export = []events.Day{day(6), day(7), day(8)}
			w.night(day(7), nil)
			for _, kill := range append(kills, map[string]string{}) {
				kill[verdict] = ""
				w.night(day(8), kill)
			}
			return *w
		}
		want := run()
		for _, first := range steps {
			for _, second := range steps {
				for _, when := range []string{"killed-before", "killed-after"} {
					got := run(map[string]string{when: string(first)}, map[string]string{when: string(second)})
					require.Equal(t, want, got, "%s: %s %s, then %s", verdict, when, first, second)
				}
			}
		}
	}
}
