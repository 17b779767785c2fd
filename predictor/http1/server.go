package http1

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/daybreak-ml/daybreak/predictor/accept"
)

// Limits bound what a client may take, within a second.
type Limits struct {
	Head    time.Duration // from a request's first byte to the end of its head
	Request time.Duration // from a request's first byte to its last
	Write   time.Duration // to take an answer; it may become twice as long
	Idle    time.Duration // between an answer and the next request
}

// tick is how often it is looked whether clients take more than they may.
func (l Limits) tick() time.Duration {
	return max(time.Millisecond, min(lingering, l.Head/4, l.Request/4, l.Write/4, l.Idle/4))
}

// lingering is how long a client that is refused may take to read why.
const lingering = 500 * time.Millisecond

// A Server answers plain requests. It is safe for concurrent use.
type Server struct {
	handler http.Handler
	limits  Limits
	refuses Refuse
	others  *others
	http2   *others

	engine        engine
	introductions introductions

	stopping atomic.Bool
	stopped  chan struct{} // closed when stopping is set
	mu       sync.Mutex
	listener net.Listener
}

// New returns a server. handler must keep neither a request, nor its context, nor its response when it returns: their memory is
// the next one's.
// refuses may be nil.
func New(handler http.Handler, limits Limits, refuses Refuse) *Server {
	return &Server{
		handler: handler, limits: limits, refuses: refuses, others: newOthers(), http2: newOthers(),
		introductions: introductions{under: map[net.Conn]struct{}{}}, stopped: make(chan struct{}),
	}
}

// Others returns a listener for connections that Serve hands over to net/http. Closing it ends that: such
// connections are closed from then on.
func (s *Server) Others() net.Listener { return s.others }

// HTTP2 returns a listener for connections that speak HTTP/2, likewise.
func (s *Server) HTTP2() net.Listener { return s.http2 }

// Serve takes connections from listener until Shutdown or Close, and then returns http.ErrServerClosed.
// Somebody must take what comes from Others and from HTTP2. It may be called once.
func (s *Server) Serve(listener net.Listener) error {
	s.mu.Lock()
	s.listener = listener
	s.mu.Unlock()
	if s.stopping.Load() {
		return http.ErrServerClosed
	}
	can, err := s.engine.serve(s, listener)
	switch {
	case !can:
		return accept.Connections(listener, s.stopping.Load, s.introduce)
	case err != nil && !s.stopping.Load():
		return fmt.Errorf("accept connections: %w", err)
	}
	return http.ErrServerClosed
}

// Shutdown takes no more connections, closes those that are idle, and waits until the requests under way
// are answered, or the context ends.
func (s *Server) Shutdown(ctx context.Context) error {
	err := s.stop()
	looking := time.NewTicker(betweenLooks)
	defer looking.Stop()
	for s.introductions.closeAll()+s.engine.closeIdle() > 0 {
		select {
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		case <-looking.C:
		}
	}
	return err
}

// betweenLooks is how long to wait before looking again whether requests are answered.
const betweenLooks = 5 * time.Millisecond

// Close takes no more connections and closes those there are.
func (s *Server) Close() error {
	err := s.stop()
	s.introductions.closeAll()
	s.engine.closeAll()
	return err
}

func (s *Server) stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.stopping.Swap(true) {
		close(s.stopped)
	}
	s.engine.stop()
	if s.listener == nil {
		return nil
	}
	if err := s.listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("take no more connections: %w", err)
	}
	return nil
}
