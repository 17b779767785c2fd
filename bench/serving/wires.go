package main

import (
	"errors"
	"fmt"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// wires are connections to one server, looked after by one thread.
type wires struct {
	port   int
	epoll  int
	all    []*wire // by file descriptor
	open   int     // connections
	idle   []*wire
	events []unix.EpollEvent
}

// A wire is a connection: at most one request is under way on it.
type wire struct {
	fd       int
	due      time.Duration // when its request was due
	sent     time.Duration // and when it was sent
	received []byte        // of the answer
	busy     bool
}

// answerSize is how large an answer is at most, in bytes.
const answerSize = 8 << 10

// newWires opens so many connections: shops keep theirs, and opening one takes the server's core, too, as long as an answer does.
func newWires(port, connections int) (*wires, error) {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("wait for answers: %w", err)
	}
	w := &wires{port: port, epoll: epoll, events: make([]unix.EpollEvent, 256)}
	for range connections {
		if err := w.connect(make([]byte, 0, answerSize)); err != nil {
			return nil, errors.Join(err, w.close())
		}
	}
	return w, nil
}

// connect adds a connection, which has the memory of one that was.
func (w *wires) connect(memory []byte) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	err = errors.Join(
		unix.Connect(fd, &unix.SockaddrInet4{Port: w.port, Addr: [4]byte{127, 0, 0, 1}}),
		unix.SetNonblock(fd, true),
		unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1),
		unix.EpollCtl(w.epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)}),
	)
	if err != nil {
		return errors.Join(fmt.Errorf("connect: %w", err), unix.Close(fd))
	}
	made := &wire{fd: fd, received: memory}
	if missing := fd + 1 - len(w.all); missing > 0 {
		w.all = append(w.all, make([]*wire, missing)...)
	}
	w.all[fd] = made
	w.open++
	w.idle = append(w.idle, made)
	return nil
}

// free says whether there is a connection for another request.
func (w *wires) free() bool { return len(w.idle) > 0 }

// quiet says whether no request is under way.
func (w *wires) quiet() bool { return len(w.idle) == w.open }

// send sends a request, now, that was due at a time. There must be a connection free for it. One that the
// server has closed is made anew, and its request is as good as never answered.
func (w *wires) send(request []byte, due, now time.Duration) error {
	last := len(w.idle) - 1
	wire := w.idle[last]
	w.idle = w.idle[:last]
	wire.due, wire.sent, wire.received, wire.busy = due, now, wire.received[:0], true
	if n, errno := raw(unix.SYS_WRITE, wire.fd, unsafe.Pointer(unsafe.SliceData(request)), len(request)); errno != 0 || n < len(request) {
		return w.renew(wire)
	}
	return nil
}

// receive reads what has come, without waiting, and reports whole answers with when their requests were
// due and sent.
func (w *wires) receive(answered func(status int, due, sent time.Duration)) error {
	n, errno := raw(unix.SYS_EPOLL_PWAIT, w.epoll, unsafe.Pointer(unsafe.SliceData(w.events)), len(w.events))
	if errno != 0 && errno != unix.EINTR {
		return fmt.Errorf("wait for answers: %w", errno)
	}
	for _, event := range w.events[:max(n, 0)] {
		wire := w.all[event.Fd]
		have := len(wire.received)
		free := wire.received[have:cap(wire.received)]
		n, errno := raw(unix.SYS_READ, wire.fd, unsafe.Pointer(unsafe.SliceData(free)), len(free))
		if errno == unix.EAGAIN || errno == unix.EINTR {
			continue
		}
		if errno != 0 || n == 0 || !wire.busy {
			if err := w.renew(wire); err != nil {
				return err
			}
			continue
		}
		wire.received = wire.received[:have+n]
		status, whole, err := readAnswer(wire.received)
		if err != nil {
			return err
		}
		if whole {
			answered(status, wire.due, wire.sent)
			wire.busy = false
			w.idle = append(w.idle, wire)
		}
	}
	return nil
}

// raw does a system call that doesn't wait, of which the scheduler isn't told: one that it knows of it watches every few
// microseconds, from the same core. A timeout, where there is one, is 0.
func raw(call uintptr, fd int, memory unsafe.Pointer, size int) (int, syscall.Errno) {
	n, _, errno := unix.RawSyscall6(call, uintptr(fd), uintptr(memory), uintptr(size), 0, 0, 0)
	return int(n), errno
}

// renew puts a new connection in the place of one that is no good any more.
func (w *wires) renew(old *wire) error {
	w.all[old.fd] = nil
	w.open--
	for i, idle := range w.idle {
		if idle == old {
			w.idle = append(w.idle[:i], w.idle[i+1:]...)
			break
		}
	}
	return errors.Join(unix.Close(old.fd), w.connect(old.received[:0]))
}

func (w *wires) close() error {
	errs := []error{unix.Close(w.epoll)}
	for _, wire := range w.all {
		if wire != nil {
			errs = append(errs, unix.Close(wire.fd))
		}
	}
	return errors.Join(errs...)
}
