package http2

import (
	"errors"
	"runtime"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/daybreak-ml/daybreak/predictor/epoll"
)

// turn is how many connections a loop looks at before workers have theirs.
const turn = 8

// Loops look after the connections of a server. Calls come one after the other; the server's lock is held.
type loops struct {
	all   []*loop
	next  int
	ended bool
}

// add looks after a connection from now on, or reports false if no loop can.
func (l *loops) add(c *connection) bool {
	s, is := c.net.(*socket)
	if !is || l.ended || !l.begin() {
		return false
	}
	l.next++
	return l.all[l.next%len(l.all)].add(c, s)
}

// begin sees to it that there are loops, and reports false if there can't be.
func (l *loops) begin() bool {
	for len(l.all) < epoll.Sets() {
		one, err := newLoop()
		if err != nil {
			break // such as for want of file descriptors
		}
		l.all = append(l.all, one)
		go one.run()
	}
	return len(l.all) > 0
}

// end ends the loops, which have no connections.
func (l *loops) end() {
	l.ended = true
	for _, one := range l.all {
		_ = one.epoll.Close() // its goroutine learns of it
	}
	l.all = nil
}

// A loop reads what comes over connections with one goroutine.
type loop struct {
	epoll *epoll.Set

	// Of the loop's goroutine.
	buffer  []byte
	backlog []*looked // on which something has happened, in order

	mu    sync.Mutex
	table map[int32]*looked // by file descriptor
}

// A looked is a connection that a loop looks after. What follows the socket is of the loop's goroutine.
type looked struct {
	*connection
	socket *socket
	fd     int32
	queued bool // it is in the backlog
	ends   bool // the client has closed its side, which is read to its end
}

func newLoop() (*loop, error) {
	set, err := epoll.New()
	if err != nil {
		return nil, err
	}
	return &loop{epoll: set, table: map[int32]*looked{}, buffer: make([]byte, bufferSize)}, nil
}

// add looks after a connection from now on, or reports false if that can't be.
func (l *loop) add(c *connection, s *socket) (can bool) {
	_ = s.raw.Control(func(fd uintptr) { // a connection for which that fails is closed
		own := &looked{connection: c, socket: s, fd: int32(fd)}
		l.mu.Lock()
		defer l.mu.Unlock()
		if can = l.listen(own, unix.EPOLL_CTL_ADD) == nil; can {
			l.table[own.fd] = own
		}
	})
	return can
}

// listen has the loop hear of a connection: now, if something has come or there is room to send, and when there is again.
func (l *loop) listen(c *looked, how int) error {
	return l.epoll.Control(how, int(c.fd), unix.EPOLLIN|unix.EPOLLOUT|unix.EPOLLRDHUP|unix.EPOLLET)
}

// run looks after connections until the loop is ended.
func (l *loop) run() {
	wait := l.epoll.Waiter(func() (done bool) {
		l.epoll.Ask(l.sort)
		return len(l.backlog) > 0
	})
	for {
		if len(l.backlog) > 0 {
			l.epoll.Ask(l.sort)
		} else if wait() != nil {
			return // it is closed
		}
		now := l.backlog[:min(turn, len(l.backlog))]
		var later []*looked
		for _, c := range now {
			c.queued = false
			if l.attend(c) {
				c.queued = true
				later = append(later, c)
			}
		}
		l.backlog = append(l.backlog[:copy(l.backlog, l.backlog[len(now):])], later...)
		runtime.Gosched() // or workers would wait for as long as something comes
	}
}

// sort puts the connections of events in the backlog.
func (l *loop) sort(events []unix.EpollEvent) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, event := range events {
		c := l.table[event.Fd]
		if c == nil {
			continue // it ended just now
		}
		c.ends = c.ends || event.Events&(unix.EPOLLRDHUP|unix.EPOLLHUP|unix.EPOLLERR) != 0
		if !c.queued {
			c.queued = true
			l.backlog = append(l.backlog, c)
		}
	}
}

// attend reads what has come over a connection, once, and reports whether there may be more. A client that doesn't take what it
// is told isn't heard meanwhile.
func (l *loop) attend(c *looked) (more bool) {
	if c.out.waitForRoom(func() { _ = l.listen(c, unix.EPOLL_CTL_MOD) }) { // one for which that fails is ended by housekeeping
		return false
	}
	err := c.hearOut()
	n, room := 0, l.buffer[copy(l.buffer, c.input.rest):]
	if err == nil {
		have := len(l.buffer) - len(room)
		if n, err = c.socket.receiveNow(room); n > 0 {
			err = c.advance(l.buffer[:have+n])
		}
	}
	switch {
	case err == nil:
		return n == len(room) || c.ends
	case errors.Is(err, unix.EAGAIN):
		return false
	}
	l.forget(c)
	go c.end(err) // the client may be told, which may take its time
	return false
}

// forget hears of a connection no more.
func (l *loop) forget(c *looked) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.table, c.fd)
	_ = l.epoll.Control(unix.EPOLL_CTL_DEL, int(c.fd), 0) // the descriptor is open still
}
