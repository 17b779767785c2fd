package commandtest

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Pipe returns a pipe that holds one write, such as a line of a log, of at most a page: who writes more waits until
// it is read. So a program whose log goes into it comes no further, while a test looks at a line and does something
// about it, than to the end of its second line after that one, however fast it is. Each read takes one write, or what of it fits.
func Pipe() (reader, writer *os.File, err error) {
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_CLOEXEC|unix.O_DIRECT); err != nil { // O_DIRECT: writes aren't put together
		return nil, nil, fmt.Errorf("make a pipe of whole writes: %w", err)
	}
	reader, writer = os.NewFile(uintptr(ends[0]), "reader"), os.NewFile(uintptr(ends[1]), "writer")
	if _, err := unix.FcntlInt(writer.Fd(), unix.F_SETPIPE_SZ, os.Getpagesize()); err != nil {
		return nil, nil, fmt.Errorf("make a pipe hold one write: %w", err)
	}
	return reader, writer, nil
}
