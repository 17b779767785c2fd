package journal_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/mlflow/dirlock"
	"github.com/daybreak-ml/daybreak/mlflow/journal"
)

// write makes a journal of these records and returns its folder.
func write(t *testing.T, records ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "spool", "run")
	j, err := journal.Open(dir)
	require.NoError(t, err)
	for _, record := range records {
		require.NoError(t, j.Append([]byte(record)))
	}
	require.NoError(t, j.Close())
	return dir
}

func read(t *testing.T, dir string) []string {
	t.Helper()
	j, err := journal.Open(dir)
	require.NoError(t, err)
	defer func() { require.NoError(t, j.Close()) }()
	var records []string
	for _, record := range j.Records() {
		records = append(records, string(record))
	}
	return records
}

func TestRecordsAreReadAsTheyWereWritten(t *testing.T) {
	dir := write(t, `{"a":1}`, ``, `{"b":"ü"}`)
	require.Equal(t, []string{`{"a":1}`, ``, `{"b":"ü"}`}, read(t, dir))
	j, err := journal.Open(dir)
	require.NoError(t, err)
	require.NoError(t, j.Append([]byte("c")))
	require.ErrorContains(t, j.Append([]byte("d\ne")), "line break")
	require.NoError(t, j.Close())
	require.Equal(t, []string{`{"a":1}`, ``, `{"b":"ü"}`, "c"}, read(t, dir))
}

// A process may end after any byte of the last record.
func TestWhereverTheLastRecordIsCutOffTheOthersStay(t *testing.T) {
	whole, err := os.ReadFile(filepath.Join(write(t, "first", "second"), "journal"))
	require.NoError(t, err)
	lastBegins := bytes.IndexByte(whole, '\n') + 1
	for length := lastBegins; length < len(whole); length++ {
		dir := write(t)
		require.NoError(t, os.WriteFile(filepath.Join(dir, "journal"), whole[:length], 0o644))
		require.Equal(t, []string{"first"}, read(t, dir), "cut after byte %d", length)
		j, err := journal.Open(dir)
		require.NoError(t, err)
		require.NoError(t, j.Append([]byte("third")))
		require.NoError(t, j.Close())
		require.Equal(t, []string{"first", "third"}, read(t, dir), "cut after byte %d", length)
	}
}

func TestDamageBeforeTheLastRecordIsAnError(t *testing.T) {
	whole, err := os.ReadFile(filepath.Join(write(t, "first", "second", "third"), "journal"))
	require.NoError(t, err)
	lines := bytes.SplitAfter(whole, []byte("\n"))
	damaged := map[string][]byte{
		"a record is missing":    bytes.Join([][]byte{lines[0], lines[2]}, nil),
		"the first is missing":   bytes.Join(lines[1:], nil),
		"two are in wrong order": bytes.Join([][]byte{lines[1], lines[0], lines[2]}, nil),
		"one is there twice":     bytes.Join([][]byte{lines[0], lines[0], lines[1]}, nil),
	}
	for i := range len(whole) - len(lines[2]) {
		flipped := bytes.Clone(whole)
		flipped[i] ^= 4
		damaged[fmt.Sprintf("byte %d is flipped", i)] = flipped
	}
	for name, content := range damaged {
		dir := write(t)
		require.NoError(t, os.WriteFile(filepath.Join(dir, "journal"), content, 0o644))
		j, err := journal.Open(dir)
		if !errors.Is(err, journal.ErrDamaged) { // a line that swallowed the next may be the last
			require.NoError(t, err, name)
			require.Less(t, len(j.Records()), 3, name)
			require.NoError(t, j.Close())
		}
	}
}

func TestOneProcessAtATimeHasAJournalOpen(t *testing.T) {
	dir := write(t, "first")
	j, err := journal.Open(dir)
	require.NoError(t, err)
	_, err = journal.Open(dir)
	require.ErrorIs(t, err, dirlock.ErrLocked)
	require.NoError(t, j.Close())
	require.Equal(t, []string{"first"}, read(t, dir))
}

func TestFilesAreKeptByTheirContent(t *testing.T) {
	j, err := journal.Open(write(t))
	require.NoError(t, err)
	defer func() { require.NoError(t, j.Close()) }()
	sha, err := j.Store(strings.NewReader("factors"))
	require.NoError(t, err)
	again, err := j.Store(strings.NewReader("factors"))
	require.NoError(t, err)
	require.Equal(t, sha, again)
	file, err := j.OpenFile(sha)
	require.NoError(t, err)
	content, err := io.ReadAll(file)
	require.NoError(t, err)
	require.Equal(t, "factors", string(content))
	path := file.Name()
	require.NoError(t, file.Close())

	require.NoError(t, os.WriteFile(path, []byte("favours"), 0o644))
	_, err = j.OpenFile(sha)
	require.ErrorIs(t, err, journal.ErrDamaged)
	_, err = j.OpenFile(strings.Repeat("0", 64))
	require.ErrorIs(t, err, journal.ErrDamaged)
	_, err = j.OpenFile("../journal")
	require.ErrorIs(t, err, journal.ErrDamaged)
}

func TestProgressIsKept(t *testing.T) {
	dir := write(t, "first", "second")
	j, err := journal.Open(dir)
	require.NoError(t, err)
	require.Zero(t, j.Applied())
	require.NoError(t, j.SetApplied(2))
	require.NoError(t, j.Close())
	j, err = journal.Open(dir)
	require.NoError(t, err)
	require.Equal(t, 2, j.Applied())
	require.NoError(t, j.Close())

	for _, nonsense := range []string{"3", "-1", "two", ""} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "applied"), []byte(nonsense), 0o644))
		_, err = journal.Open(dir)
		require.ErrorIs(t, err, journal.ErrDamaged, nonsense)
	}
}

func TestAJournalGoesWhole(t *testing.T) {
	dir := write(t, "first")
	parent := filepath.Dir(dir)
	dirs, err := journal.List(parent)
	require.NoError(t, err)
	require.Equal(t, []string{dir}, dirs)
	j, err := journal.Open(dir)
	require.NoError(t, err)
	require.NoError(t, j.Remove())
	require.NoError(t, j.Close())
	require.NoError(t, os.MkdirAll(filepath.Join(parent, ".removing-1", "journal", "files"), 0o755), "what a killed Remove leaves")
	dirs, err = journal.List(parent)
	require.NoError(t, err)
	require.Empty(t, dirs)
	left, err := os.ReadDir(parent)
	require.NoError(t, err)
	require.Empty(t, left)
	dirs, err = journal.List(filepath.Join(parent, "none"))
	require.NoError(t, err)
	require.Empty(t, dirs)
}

func FuzzAnyFileIsReadOrRefused(f *testing.F) {
	f.Add([]byte("8a3d9c1b {}\n"))
	f.Add([]byte("00000000 \n"))
	f.Add([]byte("00000000 \n0000"))
	f.Fuzz(func(t *testing.T, content []byte) {
		dir := filepath.Join(t.TempDir(), "run")
		require.NoError(t, os.MkdirAll(dir, 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "journal"), content, 0o644))
		j, err := journal.Open(dir)
		if err != nil {
			require.ErrorIs(t, err, journal.ErrDamaged)
			return
		}
		require.NoError(t, j.Append([]byte("next")))
		count := len(j.Records())
		require.NoError(t, j.Close())
		require.Len(t, read(t, dir), count)
	})
}
