package csv_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/events/mapping"
	"github.com/daybreak-ml/daybreak/events/source"
	"github.com/daybreak-ml/daybreak/events/source/csv"
)

const header = "time,user,item\n"

func TestAFolderHoldsADayAFile(t *testing.T) {
	dir := folder(t, map[string]string{
		"2011-06-03.csv":    header + "2011-06-03,u,c\n",
		"2011-06-01.csv.gz": packed(t, header+"2011-06-01,u,a\n2011-06-01,u,b\n"),
		"README.md":         "notes",
		"yesterday.csv":     header,
	})
	src := open(t, dir, "")
	require.Equal(t, dir, src.Name())
	require.Equal(t, []string{"2011-06-01", "2011-06-03"}, days(t, src))
	require.Equal(t, []string{
		"2011-06-01.csv.gz:2 2011-06-01|u|a",
		"2011-06-01.csv.gz:3 2011-06-01|u|b",
	}, rows(t, src, "2011-06-01"))
	require.Equal(t, []string{"2011-06-03.csv:2 2011-06-03|u|c"}, rows(t, src, "2011-06-03"))
}

func TestAFileHoldsManyDays(t *testing.T) {
	text := "\uFEFFtime,user,item\n" +
		"when?,u,before any day is known\n" +
		"2011-06-01,u,a\n" +
		"2011-06-02,u,\"b\nin two lines\"\n" +
		"\n" +
		"2011-06-01,u,c\n" +
		"never,u,d\n" +
		"2011-06-04,u\n"
	want := map[string][]string{
		"2011-06-01": {"2 when?|u|before any day is known", "3 2011-06-01|u|a", "7 2011-06-01|u|c", "8 never|u|d", "9 malformed: 2 fields where the header has 3"},
		"2011-06-02": {"4 2011-06-02|u|b\nin two lines"},
	}
	for _, name := range []string{"export.csv", "export.csv.gz"} {
		t.Run(name, func(t *testing.T) {
			content := text
			if strings.HasSuffix(name, ".gz") {
				content = packed(t, text)
			}
			src := open(t, filepath.Join(folder(t, map[string]string{name: content}), name), "")
			require.Equal(t, []string{"2011-06-01", "2011-06-02"}, days(t, src))
			for day, lines := range want {
				var named []string
				for _, line := range lines {
					named = append(named, name+":"+line)
				}
				require.Equal(t, named, rows(t, src, day))
			}
		})
	}
}

func TestADayThatTheSourceLacksSaysWhichItHas(t *testing.T) {
	dir := folder(t, map[string]string{"2011-06-03.csv": header, "2011-06-05.csv": header, "2011-06-09.csv": header, "2011-06-12.csv": header})
	_, err := open(t, dir, "").Rows(context.Background(), parseDay(t, "2011-06-06"))
	require.ErrorIs(t, err, events.ErrNoEvents)
	require.EqualError(t, err, dir+" has no events of 2011-06-06; the nearest days are 2011-06-03, 2011-06-05, 2011-06-09, 2011-06-12")
}

func TestARowOfBadFormIsStillARow(t *testing.T) {
	dir := folder(t, map[string]string{"2011-06-01.csv": header +
		"2011-06-01,u\n" +
		"2011-06-01,u,a,b\n" +
		"2011-06-01,u,13\" pan\n" +
		"2011-06-01,u,\"pan\"s\n" +
		"2011-06-01,u,sound\n"})
	require.Equal(t, []string{
		"2011-06-01.csv:2 malformed: 2 fields where the header has 3",
		"2011-06-01.csv:3 malformed: 4 fields where the header has 3",
		`2011-06-01.csv:4 malformed: column 16: bare " in non-quoted-field`,
		`2011-06-01.csv:5 malformed: column 18: extraneous or missing " in quoted-field`,
		"2011-06-01.csv:6 2011-06-01|u|sound",
	}, rows(t, open(t, dir, ""), "2011-06-01"))

	dir = folder(t, map[string]string{"2011-06-01.csv": header + "2011-06-01,u,13\" pan\n"})
	require.Equal(t, []string{`2011-06-01.csv:2 2011-06-01|u|13" pan`}, rows(t, open(t, dir, "lazy_quotes: true"), "2011-06-01"))
}

func TestTheDialectIsTheMappings(t *testing.T) {
	dir := folder(t, map[string]string{"2011-06-01.csv": "time\tuser\titem\n2011-06-01\tJ\xf6rg\ta,b\n"})
	src := open(t, dir, `delimiter: "\t", encoding: latin-1`)
	require.Equal(t, []string{"2011-06-01.csv:2 2011-06-01|Jörg|a,b"}, rows(t, src, "2011-06-01"))
}

func TestWhatCannotBeReadWholeIsAnError(t *testing.T) {
	whole := packed(t, header+strings.Repeat("2011-06-01,someone,something\n", 1000))
	tests := map[string]struct{ name, content, says string }{
		"a truncated gzip file":         {"2011-06-01.csv.gz", whole[:len(whole)-20], "2011-06-01.csv.gz: unexpected EOF"},
		"a gzip file that is none":      {"2011-06-01.csv.gz", header, "2011-06-01.csv.gz: gzip: invalid header"},
		"an empty file":                 {"2011-06-01.csv", "", "2011-06-01.csv: it is empty; its first line should name the columns"},
		"a header that is no CSV":       {"2011-06-01.csv", "a\"b,c\n", "line 1 should name the columns, but column 2"},
		"a quotation mark never closed": {"2011-06-01.csv", header + "a,b,\"c\nd,e,f\n", "a quotation mark in line 2 is never closed soundly, as line 3 shows"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := folder(t, map[string]string{test.name: test.content})
			_, err := read(open(t, dir, ""), parseDay(t, "2011-06-01"))
			require.ErrorContains(t, err, test.says)
			require.ErrorContains(t, err, dir)

			_, err = csv.Open(context.Background(), filepath.Join(dir, test.name), dialect(t, ""))
			require.ErrorContains(t, err, test.says)
		})
	}
}

func TestWhatIsNoExportIsRefused(t *testing.T) {
	ctx := context.Background()
	m := dialect(t, "")
	_, err := csv.Open(ctx, filepath.Join(t.TempDir(), "none"), m)
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = csv.Open(ctx, t.TempDir(), m)
	require.ErrorContains(t, err, "no file in it is named after a day, such as 2011-06-01.csv")
	_, err = csv.Open(ctx, folder(t, map[string]string{"2011-06-01.csv": "", "2011-06-01.csv.gz": ""}), m)
	require.ErrorContains(t, err, "2011-06-01 comes twice, as 2011-06-01.csv and 2011-06-01.csv.gz; keep one")

	dir := folder(t, map[string]string{"a.csv": "date,user,item\n", "b.csv": header + "June,u,i\n"})
	_, err = csv.Open(ctx, filepath.Join(dir, "a.csv"), m)
	require.ErrorContains(t, err, `a.csv has no column "time"; its columns are date, user, item`)
	_, err = csv.Open(ctx, filepath.Join(dir, "b.csv"), m)
	require.ErrorContains(t, err, `no row has a time that the mapping can read; its event.time.layout is "2006-01-02"`)
}

func FuzzRows(f *testing.F) {
	f.Add([]byte(header + "2011-06-01,u,a\n"))
	f.Add([]byte(header + "2011-06-01,\"u\n\",a\nx\n\n2011-06-02,u"))
	f.Add([]byte("\uFEFFtime,user,item\r\n2011-06-01,u,a\r\nx,\"y\"\",z\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), "export.csv")
		require.NoError(t, os.WriteFile(path, text, 0o644))
		src, err := csv.Open(context.Background(), path, dialect(t, ""))
		if err != nil {
			return
		}
		defer func() { require.NoError(t, src.Close()) }()
		found, err := src.Days(context.Background())
		require.NoError(t, err)
		var lines []int
		for _, day := range found {
			of, err := read(src, day)
			require.NoError(t, err)
			for _, row := range of {
				lines = append(lines, row.Line)
			}
		}
		seen := map[int]bool{}
		for _, line := range lines {
			require.False(t, seen[line], "line %d is of two days", line)
			seen[line] = true
		}
	})
}

// dialect returns a mapping of the columns time, user and item, with a csv section.
func dialect(t testing.TB, section string) *mapping.Mapping {
	t.Helper()
	m, err := mapping.Parse("m.yaml", []byte(`name: shop
time_zone: Europe/London
csv: {`+section+`}
event:
  user: {column: user}
  item: {column: item}
  time: {column: time, layout: "2006-01-02"}
  type: {default: view}
`))
	require.NoError(t, err)
	return m
}

func open(t *testing.T, path, section string) *csv.Source {
	t.Helper()
	src, err := csv.Open(context.Background(), path, dialect(t, section))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, src.Close()) })
	return src
}

func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644))
	}
	return dir
}

func packed(t *testing.T, text string) string {
	t.Helper()
	var file bytes.Buffer
	w := gzip.NewWriter(&file)
	_, err := w.Write([]byte(text))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return file.String()
}

func parseDay(t *testing.T, text string) events.Day {
	t.Helper()
	day, err := events.ParseDay(text)
	require.NoError(t, err)
	return day
}

func days(t *testing.T, src source.Source) []string {
	t.Helper()
	found, err := src.Days(context.Background())
	require.NoError(t, err)
	var texts []string
	for _, day := range found {
		texts = append(texts, day.String())
	}
	return texts
}

// rows returns a day's rows in words.
func rows(t *testing.T, src source.Source, day string) []string {
	t.Helper()
	found, err := read(src, parseDay(t, day))
	require.NoError(t, err)
	var texts []string
	for _, row := range found {
		text := strings.Join(row.Fields, "|")
		if row.Malformed != "" {
			text = "malformed: " + row.Malformed
		}
		texts = append(texts, fmt.Sprintf("%s:%d %s", row.File, row.Line, text))
	}
	return texts
}

func read(src source.Source, day events.Day) ([]source.Row, error) {
	opened, err := src.Rows(context.Background(), day)
	if err != nil {
		return nil, err
	}
	var found []source.Row
	for {
		row, err := opened.Next()
		if errors.Is(err, io.EOF) {
			return found, opened.Close()
		}
		if err != nil {
			return nil, errors.Join(err, opened.Close())
		}
		row.Fields = append([]string(nil), row.Fields...)
		found = append(found, row)
	}
}
