package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// terminal opens a pseudo-terminal: what is written to tty is read from screen.
func terminal(t *testing.T) (screen, tty *os.File) {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = screen.Close() })
	require.NoError(t, unix.IoctlSetPointerInt(int(screen.Fd()), unix.TIOCSPTLCK, 0))
	number, err := unix.IoctlGetInt(int(screen.Fd()), unix.TIOCGPTN)
	require.NoError(t, err)
	tty, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(t, err)
	require.NoError(t, unix.IoctlSetWinsize(int(tty.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 40, Col: 200}))
	return screen, tty
}

// shipped is the trainer as it is shipped, about to train for some epochs.
func shipped(t *testing.T, epochs int) *exec.Cmd {
	t.Helper()
	path, err := built()
	require.NoError(t, err)
	dir, _ := shop(t)
	config := filepath.Join(t.TempDir(), "train.yaml")
	require.NoError(t, os.WriteFile(config, fmt.Appendf(nil, "rank: 32\nepochs: %d\nneighbours: 20\nvalidation_windows: 1\n", epochs), 0o600))
	return exec.Command(path, "train", "--events", dir, "--as-of", "2024-01-29", "--config", config, "--model-dir", filepath.Join(t.TempDir(), "model"))
}

// shows runs a command on a terminal until it ends or what it shows matches last, if
// that is given, and returns what it has shown.
func shows(t *testing.T, command *exec.Cmd, last *regexp.Regexp) string {
	t.Helper()
	screen, tty := terminal(t)
	command.Stderr = tty
	require.NoError(t, command.Start())
	require.NoError(t, tty.Close())
	var shown []byte
	for buffer := make([]byte, 4096); ; {
		n, err := screen.Read(buffer)
		shown = append(shown, buffer[:n]...)
		if err != nil { // EIO, once nobody has the terminal open any more
			require.NoError(t, command.Wait(), string(shown))
			return string(shown)
		}
		if last != nil && last.Match(shown) {
			require.NoError(t, command.Process.Kill())
			_ = command.Wait()
			return string(shown)
		}
	}
}

func TestOnATerminalABarShowsEpochLossNDCGAndTheTimeLeft(t *testing.T) {
	frame := regexp.MustCompile(`\[\d+ in [^;]+; ~ETA: [^]]+\] \.\.\. validate: epoch \d+ of \d+, loss \d\.\d{4}, NDCG@20 0\.\d{4}`)
	// The most epochs there may be, which the fastest machine doesn't compute before the bar is drawn twice.
	require.Regexp(t, frame, shows(t, shipped(t, 10_000), frame))
}

func TestOnATerminalTheBarEndsWithTheLastEpoch(t *testing.T) {
	shown := shows(t, shipped(t, 3), nil)
	require.Contains(t, shown, "learn: epoch 3 of 3, loss ")
	require.NotContains(t, shown, `"msg"`)
}

func TestElsewhereEachEpochIsALineOfJSON(t *testing.T) {
	command := shipped(t, 3)
	var log strings.Builder
	command.Stderr = &log
	require.NoError(t, command.Run(), log.String())
	var told []string
	for line := range strings.Lines(log.String()) {
		var record map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &record), line)
		if record["msg"] == "epoch" {
			told = append(told, fmt.Sprintf("%v %v of %v", record["stage"], record["epoch"], record["of"]))
		}
	}
	require.Equal(t, []string{"learn 1 of 3", "learn 2 of 3", "learn 3 of 3"}, told[len(told)-3:])
}
