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

// A Server answers plain requests. It is safe for concurrent use.
type Server struct {
	handler http.Handler
	limits  Limits
	refusal Refusal
	others  *others
	http2   *others

	stopping    atomic.Bool
	mu          sync.Mutex
	listener    net.Listener
	connections map[*connection]struct{}
}

// New returns a server. handler must keep neither a request's body nor its response when it returns.
func New(handler http.Handler, limits Limits, refusal Refusal) *Server {
	return &Server{
		handler: handler, limits: limits, refusal: refusal, others: newOthers(), http2: newOthers(), connections: map[*connection]struct{}{},
	}
}

// Others returns a listener for connections that Serve hands over to net/http. Closing it ends that: such
// connections are closed from then on.
func (s *Server) Others() net.Listener { return s.others }

// HTTP2 returns a listener for connections that speak HTTP/2, likewise.
func (s *Server) HTTP2() net.Listener { return s.http2 }

// Serve takes connections from listener until Shutdown or Close, and then returns http.ErrServerClosed.
// Somebody must take what comes from Others and from HTTP2.
func (s *Server) Serve(listener net.Listener) error {
	s.mu.Lock()
	s.listener = listener
	s.mu.Unlock()
	return accept.Connections(listener, s.stopping.Load, s.take)
}

// take answers a connection's requests, in the background.
func (s *Server) take(accepted net.Conn) {
	c := newConnection(s, accepted)
	s.mu.Lock()
	s.connections[c] = struct{}{}
	s.mu.Unlock()
	go func() {
		handedOver := false
		defer func() {
			if !handedOver {
				_ = accepted.Close() // there is nothing left to lose
			}
			s.mu.Lock()
			delete(s.connections, c)
			s.mu.Unlock()
		}()
		handedOver = c.serve()
	}()
}

// Shutdown takes no more connections, closes those that are idle, and waits until the requests under way
// are answered, or the context ends.
func (s *Server) Shutdown(ctx context.Context) error {
	err := s.stop()
	looking := time.NewTicker(betweenLooks)
	defer looking.Stop()
	for s.closeThose(idle) > 0 {
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
	s.closeThose(idle)
	s.closeThose(active)
	return err
}

func (s *Server) stop() error {
	s.stopping.Store(true)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener == nil {
		return nil
	}
	if err := s.listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("take no more connections: %w", err)
	}
	return nil
}

// closeThose closes connections that are in a state, and returns how many there were, in whatever
// state.
func (s *Server) closeThose(state int32) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.connections {
		if c.state.CompareAndSwap(state, closed) {
			_ = c.net.Close() // there is nothing left to lose
		}
	}
	return len(s.connections)
}
