// Package resident gives memory back that starting and loading a model take and answering doesn't.
package resident

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// ForgetCode lets the kernel take back the pages of this program's code and constants: reading flags, making
// metrics, and decoding and verifying a model touch some megabytes of it, answering few. Those come
// again from the page cache as they are used. Where there is no /proc it does nothing.
func ForgetCode() error {
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("forget code: %w", err)
	}
	maps, err := os.ReadFile("/proc/self/smaps")
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("forget code: %w", err)
	}
	for _, m := range clean(maps, program) {
		// Not unix.Madvise, which takes a slice: this isn't memory that Go knows.
		if _, _, failed := unix.Syscall(unix.SYS_MADVISE, m.begin, m.end-m.begin, unix.MADV_DONTNEED); failed != 0 {
			return fmt.Errorf("forget code at %x: %w", m.begin, failed)
		}
	}
	return nil
}

// A mapping is a range of addresses.
type mapping struct{ begin, end uintptr }

// clean returns the mappings of a program's file that are as the file has them: none may be written to, and
// none has a page that was, such as those that the dynamic linker fills in; source: proc_pid_smaps(5).
func clean(smaps []byte, program string) []mapping {
	var found []mapping
	var last *mapping // that is a candidate, and of which more lines follow
	lines := bufio.NewScanner(bytes.NewReader(smaps))
	for lines.Scan() {
		if isField(lines.Bytes()) {
			if last != nil && has(lines.Text(), "Anonymous:", "0 kB") {
				found = append(found, *last)
			}
			continue
		}
		last = nil
		var m mapping
		var permissions, offset, device, inode, path string
		if n, _ := fmt.Sscanf(lines.Text(), "%x-%x %s %s %s %s %s", &m.begin, &m.end, &permissions, &offset, &device, &inode, &path); n < 6 {
			continue
		}
		if path == program && (permissions == "r-xp" || permissions == "r--p") {
			last = &m
		}
	}
	return found
}

// isField says whether a line is about the mapping whose line it follows: such a one begins with a capital, and a mapping's
// with an address.
func isField(line []byte) bool { return len(line) > 0 && line[0] >= 'A' && line[0] <= 'Z' }

// has says whether a line is a field of this name and value.
func has(line, name, value string) bool {
	found, is := strings.CutPrefix(line, name)
	return is && strings.TrimSpace(found) == value
}
