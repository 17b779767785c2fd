package http1

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/daybreak-ml/daybreak/predictor/epoll"
	"github.com/daybreak-ml/daybreak/predictor/workers"
)

const (
	// turn is how many connections a loop looks at before workers have theirs.
	turn = 8
	// crowd is how many connections wait for the loop when more come than are answered. Fewer are a few milliseconds' worth, as
	// a collection or another program leaves them: who came first is first then, or that one would wait twice as long.
	crowd = 8 * turn
	// workersShare is how many times as long as a loop workers have before it looks at more than that in a turn.
	workersShare = 2
	// longestTurn is how long a turn that goes on takes.
	longestTurn = time.Millisecond
)

// A loop looks after connections with one goroutine: it reads what comes, and gives what it is to workers.
type loop struct {
	server  *Server
	workers *workers.Pool[*connection]
	epoll   *epoll.Set
	doors   *doors // nil for a loop that accepts no connections
	end     sync.Once

	// Of the loop's goroutine.
	backlog backlog[*connection]
	knocked bool      // connections wait to be accepted
	left    time.Time // when workers had their last turn

	mu      sync.Mutex
	table   []*connection // by file descriptor, which is open as long as its connection is there
	count   int           // connections, those among them that are being handed over
	stopped bool          // no more are added
}

func newLoop(s *Server, w *workers.Pool[*connection]) (*loop, error) {
	set, err := epoll.New()
	if err != nil {
		return nil, fmt.Errorf("look after connections: %w", err)
	}
	return &loop{server: s, workers: w, epoll: set}, nil
}

// run looks after connections until there are no more, nor will be.
func (l *loop) run() {
	wait := l.epoll.Waiter(func() (done bool) {
		l.epoll.Ask(l.sort)
		return l.backlog.size > 0 || l.knocked
	})
	for {
		if l.backlog.size > 0 || l.knocked {
			l.epoll.Ask(l.sort)
		} else if wait() != nil {
			return // it is closed
		}
		if l.knocked {
			l.knocked = l.doors.accept()
		}
		l.look()
		l.left = time.Now()
		runtime.Gosched() // or workers would wait for as long as something comes
	}
}

// sort puts the connections of events in the backlog, unless somebody looks after them already.
func (l *loop) sort(events []unix.EpollEvent) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, event := range events {
		if l.doors != nil && event.Fd == l.doors.fd.Load() {
			l.knocked = true
			continue
		}
		if int(event.Fd) >= len(l.table) || l.table[event.Fd] == nil {
			continue // it was closed just now
		}
		c := l.table[event.Fd]
		var news uint32
		if event.Events&(unix.EPOLLRDHUP|unix.EPOLLHUP|unix.EPOLLERR) != 0 {
			news = ending
		}
		switch {
		case c.claim(news):
			l.backlog.add(c)
		case news != 0 && c.socket.left():
			c.gone.Store(true)
			if waits := c.context.Load(); waits != nil {
				waits.end(c)
			}
		}
	}
}

// look looks at some connections of the backlog, the oldest first. In a crowd it takes turns between the newest, so that some
// requests are answered as soon as ever, and the oldest, so that all are, or are told that they can't be in time. Where workers
// take long, it goes on with the oldest for a part of that time.
func (l *loop) look() {
	began := time.Now()
	most := min(began.Sub(l.left)/workersShare, longestTurn)
	crowded := l.backlog.size > crowd
	for n := 0; l.backlog.size > 0 && (n < turn || time.Since(began) < most); n++ {
		if crowded && n < turn && n%2 == 1 {
			l.attend(l.backlog.newest())
		} else {
			l.attend(l.backlog.oldest())
		}
	}
}

// attend does what is next for a connection, or has a worker do it.
func (l *loop) attend(c *connection) {
	for {
		switch c.next = c.advance(); c.next {
		case waiting:
			if c.release() {
				return
			}
		case over:
			c.close()
			return
		default:
			l.workers.Give(c)
			return
		}
	}
}

// add looks after a connection from now on.
func (l *loop) add(s socket, remote string) {
	c := &connection{loop: l, socket: s, remote: remote, since: time.Now()}
	c.by.Store(c.since.Add(l.server.limits.Head).UnixNano())
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stopped || l.epoll.Control(unix.EPOLL_CTL_ADD, int(s), unix.EPOLLIN|unix.EPOLLRDHUP|unix.EPOLLET) != nil {
		s.close() // there is nothing to lose yet
		return
	}
	if missing := int(s) + 1 - len(l.table); missing > 0 {
		l.table = append(l.table, make([]*connection, missing)...)
	}
	l.table[s] = c
	l.count++
}

// listenForRoom has the loop hear of room to send on a connection, from now on.
func (l *loop) listenForRoom(c *connection) {
	const events = unix.EPOLLIN | unix.EPOLLOUT | unix.EPOLLRDHUP | unix.EPOLLET
	_ = l.epoll.Control(unix.EPOLL_CTL_MOD, int(c.socket), events) // without, it is let go when its time is over
}

// ignore hears of a connection no more.
func (l *loop) ignore(c *connection) {
	_ = l.epoll.Control(unix.EPOLL_CTL_DEL, int(c.socket), 0) // which fails for one that isn't there
}

// forget forgets a connection, whose descriptor may be closed then.
func (l *loop) forget(c *connection) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.table[c.socket] = nil
}

// lose counts a connection that has ended.
func (l *loop) lose() {
	l.mu.Lock()
	l.count--
	last := l.stopped && l.count == 0
	l.mu.Unlock()
	if last {
		l.finish()
	}
}

// stop takes no more connections.
func (l *loop) stop() {
	l.mu.Lock()
	l.stopped = true
	last := l.count == 0
	l.mu.Unlock()
	if last {
		l.finish()
	}
}

// finish ends the loop.
func (l *loop) finish() { l.end.Do(func() { _ = l.epoll.Close() }) } // its goroutine learns of it

// all returns the connections there are, but for those that are being handed over, and how many there are with them.
func (l *loop) all() (there []*connection, count int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.table {
		if c != nil {
			there = append(there, c)
		}
	}
	return there, l.count
}

// closeIdle closes connections that wait for a request, and returns how many are left.
func (l *loop) closeIdle() int {
	there, count := l.all()
	for _, c := range there {
		if c.claimFrom(resting) {
			c.close()
			count--
		}
	}
	return count
}

// closeAll closes connections: those that somebody owns as soon as that one looks.
func (l *loop) closeAll() {
	there, _ := l.all()
	for _, c := range there {
		if c.claimFrom(resting) || c.claimFrom(midway) {
			c.close()
			continue
		}
		l.mu.Lock()
		if l.table[c.socket] == c {
			c.socket.shut(unix.SHUT_RDWR)
		}
		l.mu.Unlock()
	}
}

// sweep lets clients go that take too long.
func (l *loop) sweep(now time.Time) {
	var late []*connection
	l.mu.Lock()
	for _, c := range l.table {
		if c != nil && c.state.Load()&owned == 0 && c.by.Load() < now.UnixNano() {
			late = append(late, c)
		}
	}
	l.mu.Unlock()
	for _, c := range late {
		if !c.claimFrom(resting) && !c.claimFrom(midway) {
			continue
		}
		if c.next = c.lapse(os.ErrDeadlineExceeded); c.next == over {
			c.close()
		} else {
			l.workers.Give(c)
		}
	}
}
