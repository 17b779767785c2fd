package http1

import (
	"errors"
	"log/slog"
	"net"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Doors are where a loop accepts connections, for itself and others.
type doors struct {
	raw   syscall.RawConn
	fd    atomic.Int32 // of the listener; -1 when it is closed
	loops []*loop      // in turn; the first accepts
	next  int
}

const (
	// together is how many connections are accepted before those that are there are looked at again.
	together = 32
	// betweenAttempts is how long to wait when a connection could not be accepted.
	betweenAttempts = 50 * time.Millisecond
)

// openDoors has the first of some loops accept the connections of a listener.
func openDoors(listener *net.TCPListener, loops []*loop) (*doors, error) {
	raw, err := listener.SyscallConn()
	if err != nil {
		return nil, err
	}
	d := &doors{raw: raw, loops: loops}
	loops[0].doors = d
	return d, d.open()
}

// open has the loop hear of connections.
func (d *doors) open() (err error) {
	controlled := d.raw.Control(func(fd uintptr) {
		d.fd.Store(int32(fd))
		stampArrivals(int(fd))
		err = d.loops[0].epoll.Control(unix.EPOLL_CTL_ADD, int(fd), unix.EPOLLIN)
	})
	return errors.Join(controlled, err)
}

// pause has the loop hear of no connections for a while.
func (d *doors) pause() {
	_ = d.raw.Control(func(fd uintptr) { _ = d.loops[0].epoll.Control(unix.EPOLL_CTL_DEL, int(fd), 0) }) // if it is closed, nothing is heard
	time.AfterFunc(betweenAttempts, func() { _ = d.open() })
}

// check returns why there are no more connections to come; nil if there may be.
func (d *doors) check() error { return d.raw.Control(func(uintptr) {}) }

// accept accepts some connections, and reports whether there may be more.
func (d *doors) accept() (more bool) {
	closed := d.raw.Control(func(fd uintptr) {
		for range together {
			accepted, remote, err := acceptFrom(int(fd))
			switch {
			case err == nil:
				d.loops[d.next%len(d.loops)].add(accepted, remote)
				d.next++
			case errors.Is(err, unix.EAGAIN):
				return
			case !errors.Is(err, unix.EINTR) && !errors.Is(err, unix.ECONNABORTED):
				slog.Warn("a connection could not be accepted", "error", err) // such as for want of file descriptors
				d.pause()
				return
			}
		}
		more = true
	})
	return more && closed == nil
}
