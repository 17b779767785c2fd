package http1

import (
	"net"
	"sync"
	"time"

	"github.com/daybreak-ml/daybreak/predictor/epoll"
	"github.com/daybreak-ml/daybreak/predictor/workers"
)

// An engine is the loops of a server.
type engine struct {
	mu      sync.Mutex
	loops   []*loop
	doors   *doors
	workers workers.Pool[*connection]
}

// serve answers the connections that come from a listener with loops, until the server stops. It reports false if they
// aren't such as loops can look after. Error: why no more connections come.
func (e *engine) serve(s *Server, from net.Listener) (can bool, err error) {
	listener, is := from.(*net.TCPListener)
	if !is {
		return false, nil
	}
	closed, err := e.begin(s, listener)
	if err != nil {
		return true, err
	}
	select {
	case <-s.stopped:
		return true, nil
	case err := <-closed:
		return true, err
	}
}

// begin begins to answer connections, and returns what says why no more come if that isn't because the server stops.
func (e *engine) begin(s *Server, listener *net.TCPListener) (closed <-chan error, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for range epoll.Sets() {
		l, err := newLoop(s, &e.workers)
		if err != nil {
			e.stopLoops()
			return nil, err
		}
		e.loops = append(e.loops, l)
	}
	if e.doors, err = openDoors(listener, e.loops); err != nil {
		e.stopLoops()
		return nil, err
	}
	if s.stopping.Load() {
		e.stopLoops()
		return nil, nil
	}
	var running sync.WaitGroup
	for _, l := range e.loops {
		running.Go(l.run)
	}
	ended, failed := make(chan struct{}), make(chan error, 1)
	go func() {
		running.Wait()
		e.workers.End()
		close(ended)
	}()
	go e.keep(s.limits.tick(), ended, failed)
	return failed, nil
}

// keep lets clients go that take too long, and says if the listener is closed, until the loops have ended.
func (e *engine) keep(tick time.Duration, ended <-chan struct{}, closed chan<- error) {
	looking := time.NewTicker(tick)
	defer looking.Stop()
	for {
		select {
		case <-ended:
			return
		case now := <-looking.C:
			if err := e.doors.check(); err != nil {
				select {
				case closed <- err:
				default: // it was said before, or the server stops
				}
			}
			for _, l := range e.loops {
				l.sweep(now)
			}
		}
	}
}

// stop takes no more connections.
func (e *engine) stop() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.stopLoops()
}

// stopLoops has loops end when there are no more connections. The lock is held.
func (e *engine) stopLoops() {
	if e.doors != nil {
		e.doors.fd.Store(-1)
	}
	for _, l := range e.loops {
		l.stop()
	}
}

// each does something to every loop, and returns the sum of what that returns.
func (e *engine) each(do func(*loop) int) (sum int) {
	e.mu.Lock()
	loops := e.loops
	e.mu.Unlock()
	for _, l := range loops {
		sum += do(l)
	}
	return sum
}

// closeIdle closes connections that wait for a request, and returns how many are left.
func (e *engine) closeIdle() int { return e.each((*loop).closeIdle) }

// closeAll closes connections.
func (e *engine) closeAll() {
	e.each(func(l *loop) int {
		l.closeAll()
		return 0
	})
}
