package progress_test

import (
	"bytes"
	"os"
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/daybreak-ml/daybreak/demo/progress"
)

func show(display progress.Display) {
	task := display.Begin("night 1 of 2", 2)
	task.Step("train")
	task.Detail("epoch 3 of 8")
	task.Step("gate")
	task.Done("promote")
	display.Say("a word between")
	display.Begin("night 2 of 2", 2).Failed()
	display.Close()
}

func TestElsewhereThanOnATerminalThereAreLines(t *testing.T) {
	var out bytes.Buffer
	show(progress.New(&out))
	require.Regexp(t, regexp.MustCompile(`^night 1 of 2 …
night 1 of 2: promote \(\d+\.\d s\)
a word between
night 2 of 2 …
night 2 of 2: failed \(\d+\.\d s\)
$`), out.String())
}

func TestOnATerminalThereAreBars(t *testing.T) {
	control, terminal := pseudoTerminal(t)
	shown := make(chan string)
	go func() {
		var all bytes.Buffer
		_, _ = all.ReadFrom(control) // ends with an error once the terminal is closed
		shown <- all.String()
	}()
	show(progress.New(terminal))
	require.NoError(t, terminal.Close())
	text := <-shown
	require.Contains(t, text, "night 1 of 2: promote")
	require.Contains(t, text, "a word between")
	require.Contains(t, text, "done!")
	require.Contains(t, text, "fail!")
}

// pseudoTerminal gives a terminal and the end that sees what is shown on it.
func pseudoTerminal(t *testing.T) (control, terminal *os.File) {
	t.Helper()
	control, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = control.Close() })
	require.NoError(t, unix.IoctlSetPointerInt(int(control.Fd()), unix.TIOCSPTLCK, 0))
	number, err := unix.IoctlGetInt(int(control.Fd()), unix.TIOCGPTN)
	require.NoError(t, err)
	terminal, err = os.OpenFile("/dev/pts/"+strconv.Itoa(number), os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(t, err)
	require.NoError(t, unix.IoctlSetWinsize(int(terminal.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 40, Col: 120}))
	return control, terminal
}
