package ranks

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"github.com/daybreak-ml/daybreak/trainer/ranks/wire"
)

// A Session is the ranks of a training while all of them are there. Every rank
// makes the same exchanges in the same order. It belongs to one goroutine; the
// functions that an exchange calls run beside it.
type Session struct {
	rank, size int
	id         string
	addresses  []string           // by rank
	peers      []*grpc.ClientConn // by rank; this rank's own is nil
	done       <-chan struct{}    // closed when the session is over
	cause      func() error       // why it is over

	next      int64 // exchange
	mu        sync.Mutex
	published map[int64]*publication
	arrived   chan struct{} // closed and replaced when something is published

	sent, received atomic.Int64
	exchanged      atomic.Int64
	waited         atomic.Int64 // nanoseconds
}

// alone is the session of a process that is the only one.
func alone() *Session { return &Session{size: 1} }

func newSession(ctx context.Context, rank int, id string, addresses []string, shown credentials.TransportCredentials) (*Session, error) {
	s := &Session{
		rank: rank, size: len(addresses), id: id, addresses: addresses, peers: make([]*grpc.ClientConn, len(addresses)),
		done: ctx.Done(), cause: func() error { return context.Cause(ctx) },
		published: map[int64]*publication{}, arrived: make(chan struct{}),
	}
	for peer, address := range addresses {
		if peer == rank {
			continue
		}
		connection, err := dial(address, shown)
		if err != nil {
			s.close()
			return nil, fmt.Errorf("rank %d at %s: %w", peer, address, err)
		}
		s.peers[peer] = connection
	}
	return s, nil
}

// unreached says that a peer doesn't answer.
func (s *Session) unreached(peer int, err error) error {
	return lostf("rank %d can't reach rank %d at %s; the ranks must be able to reach each other on any port: %v", s.rank, peer, s.addresses[peer], err)
}

// close gives the connections up.
func (s *Session) close() {
	for _, connection := range s.peers {
		if connection != nil {
			_ = connection.Close() // what was to be said has been
		}
	}
}

// Rank is this process's number, from 0.
func (s *Session) Rank() int { return s.rank }

// Size is the number of ranks.
func (s *Session) Size() int { return s.size }

// Leads says whether this is rank 0.
func (s *Session) Leads() bool { return s.rank == 0 }

// Traffic is what exchanges took.
type Traffic struct {
	Sent, Received int64         // bytes, before encryption and framing
	Waited         time.Duration // for bytes to come and go, and for ranks that were slower
}

// Traffic returns what the session's exchanges have taken so far.
func (s *Session) Traffic() Traffic {
	return Traffic{Sent: s.sent.Load(), Received: s.received.Load(), Waited: time.Duration(s.waited.Load())}
}

// serve answers a peer's Fetch.
func (s *Session) serve(request *wire.FetchRequest, stream grpc.ServerStreamingServer[wire.Chunk]) error {
	peer := int(request.Rank)
	if peer < 0 || peer >= s.size || peer == s.rank {
		return fmt.Errorf("rank %d is none of the session's", peer)
	}
	p, err := s.await(stream.Context(), request.Exchange)
	if err != nil {
		return err
	}
	return p.serve(peer, &chunkWriter{stream: stream, sent: &s.sent})
}

// await returns an exchange's publication, once this rank has come so far.
func (s *Session) await(ctx context.Context, exchange int64) (*publication, error) {
	for {
		s.mu.Lock()
		p, arrived := s.published[exchange], s.arrived
		s.mu.Unlock()
		if p != nil {
			return p, nil
		}
		select {
		case <-arrived:
		case <-s.done:
			return nil, s.cause()
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (s *Session) publish(give Giver) *publication {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := &publication{give: give, exchange: s.next, asked: make([]bool, s.size), left: s.size - 1, served: make(chan struct{})}
	s.published[s.next] = p
	s.next++
	close(s.arrived)
	s.arrived = make(chan struct{})
	return p
}

func (s *Session) withdraw(p *publication) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.published, p.exchange)
}
