package http2

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
	"github.com/daybreak-ml/daybreak/predictor/workers"
)

// Limits bound what a client may take. Times are kept within a second, or a quarter of the shortest of them.
type Limits struct {
	Frame   time.Duration // from a frame's first byte to its last
	Request time.Duration // from a request's first frame to its last
	Write   time.Duration // from a request's first frame to the end of its answer, and for any write
	Idle    time.Duration // without a request
	Ping    time.Duration // without a word, until a client is asked whether it is there
	Pong    time.Duration // for it to say so
	Streams uint32        // requests under way of one connection
	Header  uint32        // of a request's fields, in bytes as RFC 9113, section 6.5.2, counts them
}

// A Server answers requests. It is safe for concurrent use.
type Server struct {
	handler http.Handler
	limits  Limits

	stopping    atomic.Bool
	mu          sync.Mutex
	listeners   []net.Listener
	connections map[*connection]struct{}
	loops       loops
	workers     workers.Pool[*stream]
}

// New returns a server.
func New(handler http.Handler, limits Limits) *Server {
	return &Server{handler: handler, limits: limits, connections: map[*connection]struct{}{}}
}

// Serve takes connections from listener until Shutdown or Close, and then returns http.ErrServerClosed. It may
// be called for several listeners.
func (s *Server) Serve(listener net.Listener) error {
	s.mu.Lock()
	s.listeners = append(s.listeners, listener)
	s.mu.Unlock()
	return accept.Connections(listener, s.stopping.Load, s.take)
}

// take answers a connection's requests, in the background.
func (s *Server) take(accepted net.Conn) {
	var said []byte
	if begun, is := accepted.(Begun); is {
		said, accepted = begun.Begun()
	}
	c := newConnection(s, accepted)
	c.said = said
	c.watch()
	s.mu.Lock()
	s.connections[c] = struct{}{}
	looked := s.loops.add(c)
	s.mu.Unlock()
	if !looked {
		go c.serve()
	}
}

// A Begun is a connection of which something was read.
type Begun interface {
	// Begun returns what was read, and the connection that the rest is read from.
	Begun() (read []byte, rest net.Conn)
}

// forget forgets a connection that has ended.
func (s *Server) forget(c *connection) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.connections, c)
	s.endIfDone()
}

// endIfDone ends loops and workers when they have nothing to do, nor will have. The lock is held.
func (s *Server) endIfDone() {
	if s.stopping.Load() && len(s.connections) == 0 {
		s.loops.end()
		s.workers.End()
	}
}

// Shutdown takes no more connections, tells clients to send no more requests over those there are, and waits
// until the requests under way are answered, or the context ends.
func (s *Server) Shutdown(ctx context.Context) error {
	err := s.stop()
	looking := time.NewTicker(betweenLooks)
	defer looking.Stop()
	for {
		left := s.each((*connection).goAway)
		if left == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		case <-looking.C:
		}
	}
}

// betweenLooks is how long to wait before looking again whether requests are answered.
const betweenLooks = 5 * time.Millisecond

// Close takes no more connections and closes those there are.
func (s *Server) Close() error {
	err := s.stop()
	s.each((*connection).hangUp)
	return err
}

func (s *Server) stop() error {
	s.stopping.Store(true)
	s.mu.Lock()
	defer s.mu.Unlock()
	var failed error
	for _, listener := range s.listeners {
		if err := listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			failed = errors.Join(failed, fmt.Errorf("take no more connections: %w", err))
		}
	}
	s.listeners = nil
	s.endIfDone()
	return failed
}

// each does something to every connection, and returns how many there are.
func (s *Server) each(do func(*connection)) int {
	s.mu.Lock()
	all := make([]*connection, 0, len(s.connections))
	for c := range s.connections {
		all = append(all, c)
	}
	s.mu.Unlock()
	for _, c := range all {
		do(c)
	}
	return len(all)
}
