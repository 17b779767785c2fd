// Package epoll waits for events on many file descriptors with one goroutine: by an epoll of its own, for which Go's waits. A
// goroutine that waited in epoll itself would take a core away from the others. Source: epoll(7).
package epoll

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// coresASet is for how many cores one goroutine reads and refuses enough.
const coresASet = 4

// Sets returns how many sets, of a goroutine each, look after all connections of a server.
func Sets() int { return 1 + (runtime.GOMAXPROCS(0)-1)/coresASet }

// atOnce is how many events one system call returns.
const atOnce = 256

// A Set is file descriptors and what is waited for on each.
type Set struct {
	fd     int
	file   *os.File
	raw    syscall.RawConn
	events []unix.EpollEvent // of whoever asks
}

// New returns an empty set. Errors: of epoll_create1(2).
func New() (*Set, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("wait for events: %w", err)
	}
	if err := unix.SetNonblock(fd, true); err != nil { // so that Go waits for it as for a socket
		return nil, errors.Join(fmt.Errorf("wait for events: %w", err), unix.Close(fd))
	}
	file := os.NewFile(uintptr(fd), "epoll")
	raw, err := file.SyscallConn()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("wait for events: %w", err), file.Close())
	}
	return &Set{fd: fd, file: file, raw: raw, events: make([]unix.EpollEvent, atOnce)}, nil
}

// Control adds, changes or removes a file descriptor: how is unix.EPOLL_CTL_ADD, _MOD or _DEL. Errors: of epoll_ctl(2).
func (s *Set) Control(how, fd int, events uint32) error {
	return unix.EpollCtl(s.fd, how, fd, &unix.EpollEvent{Events: events, Fd: int32(fd)})
}

// Ask has take look at the events there are, without waiting for any. One goroutine may ask at a time.
func (s *Set) Ask(take func([]unix.EpollEvent)) {
	for {
		n, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(s.fd), uintptr(unsafe.Pointer(unsafe.SliceData(s.events))), uintptr(len(s.events)), 0, 0, 0)
		if errno != 0 {
			return // it was interrupted, and is asked again
		}
		take(s.events[:n])
		if int(n) < len(s.events) {
			return
		}
	}
}

// Waiter returns a function that calls ask, and again whenever there may be events, until it reports true. Error: the set is closed.
func (s *Set) Waiter(ask func() (done bool)) (wait func() error) {
	read := func(uintptr) bool { return ask() }
	return func() error { return s.raw.Read(read) }
}

// Close ends waiting.
func (s *Set) Close() error { return s.file.Close() }
