package component

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestStartReturnsWhenTheComponentAnswers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "up")
	set := NewSet(t.TempDir(), 1)
	err := set.Start(t.Context(), Component{
		Name: "server", Command: []string{"sh", "-c", "touch " + path + "; exec sleep 1"},
		Answers: func(context.Context) error { _, err := os.Stat(path); return err }, Within: time.Minute,
	})
	require.NoError(t, err)
	require.FileExists(t, path)
}

func TestAComponentThatEndsWhileStartingIsNamedWithItsLastLines(t *testing.T) {
	set := NewSet(t.TempDir(), 1)
	err := set.Start(t.Context(), Component{
		Name: "server", Command: []string{"sh", "-c", "echo the disk is full; exit 3"},
		Answers: func(context.Context) error { return errors.New("no") }, Within: time.Minute,
	})
	require.ErrorContains(t, err, "server has ended (exit status 3)")
	require.ErrorContains(t, err, "the disk is full")
}

func TestAComponentThatDoesNotAnswerIsNamedWithWhatItWasAsked(t *testing.T) {
	set := NewSet(t.TempDir(), 1)
	err := set.Start(t.Context(), Component{
		Name: "server", Command: []string{"sleep", "5"},
		Answers: func(context.Context) error { return errors.New("connection refused") }, Within: 300 * time.Millisecond,
	})
	require.ErrorContains(t, err, "server does not answer after 300ms: connection refused")
}

func TestAComponentThatDiesLaterIsReported(t *testing.T) {
	set := NewSet(t.TempDir(), 1)
	require.NoError(t, set.Start(t.Context(), Component{Name: "server", Command: []string{"sh", "-c", "echo good bye"}}))
	err := <-set.Died
	require.ErrorContains(t, err, "server has ended (exit code 0)")
	require.ErrorContains(t, err, "good bye")
}

func TestAProgramThatIsNotThereIsNamed(t *testing.T) {
	set := NewSet(t.TempDir(), 1)
	err := set.Start(t.Context(), Component{Name: "server", Command: []string{"/nowhere/server"}})
	require.ErrorContains(t, err, "start server")
}

func TestLastLinesOfALongFileAreItsEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	require.NoError(t, os.WriteFile(path, []byte(strings.Repeat("filler\n", 10000)+"last but one\nlast\n"), 0o600))
	require.Equal(t, "last but one\nlast", LastLines(path, 2))
}
