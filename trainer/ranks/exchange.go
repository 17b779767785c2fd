package ranks

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/daybreak-ml/daybreak/trainer/ranks/wire"
)

// A Giver writes what a rank gives the peer. It is called once for each peer, by
// several goroutines at once, and may take its time: what it has written goes
// out meanwhile.
type Giver func(peer int, w io.Writer) error

// A Taker reads what the peer gives this rank, up to its end. It is called once
// for each peer, by several goroutines at once.
type Taker func(peer int, r io.Reader) error

// Exchange gives each peer what give writes for it, and has take read what each
// peer gives. It returns when both are done, so that the memory given from may
// be written again. An error that take or give returns ends it; where a peer
// can't be reached the session is lost.
func (s *Session) Exchange(ctx context.Context, give Giver, take Taker) error {
	return s.Start(ctx, give, take)()
}

// Start begins an exchange, and returns what waits for its end.
func (s *Session) Start(ctx context.Context, give Giver, take Taker) (wait func() error) {
	if s.size == 1 {
		return func() error { return ctx.Err() }
	}
	p := s.publish(give)
	group, ctx := errgroup.WithContext(ctx)
	for peer, connection := range s.peers {
		if connection == nil {
			continue
		}
		group.Go(func() error { return s.fetch(ctx, p.exchange, peer, connection, take) })
	}
	group.Go(func() error {
		select {
		case <-p.served:
			return p.failure()
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	return func() error {
		begin := time.Now()
		err := group.Wait()
		s.waited.Add(int64(time.Since(begin)))
		s.withdraw(p)
		if err == nil {
			s.exchanged.Add(1)
			return nil
		}
		select {
		case <-s.done: // whatever failed first, this is why
			return s.cause()
		default:
			return err
		}
	}
}

// fetch has take read what a peer gives.
func (s *Session) fetch(ctx context.Context, exchange int64, peer int, connection *grpc.ClientConn, take Taker) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := wire.NewRanksClient(connection).Fetch(ctx, &wire.FetchRequest{Session: s.id, Exchange: exchange, Rank: int32(s.rank)}, grpc.WaitForReady(false))
	if err != nil {
		return s.unreached(peer, err)
	}
	r := &chunkReader{stream: stream, peer: peer, session: s}
	if err := take(peer, r); err != nil {
		return fmt.Errorf("what rank %d gave rank %d: %w", peer, s.rank, err)
	}
	if n, err := io.Copy(io.Discard, r); err != nil {
		return err
	} else if n > 0 {
		return fmt.Errorf("rank %d gave %d bytes more than were expected of it", peer, n)
	}
	return nil
}

// publication is what a rank gives in one exchange.
type publication struct {
	give     Giver
	exchange int64

	mu     sync.Mutex
	asked  []bool // by peer
	left   int    // peers that haven't been served
	err    error
	served chan struct{} // closed when none is left
}

// serve writes to one peer. One that asks again, as after a failure, can't be
// served: the session is lost.
func (p *publication) serve(peer int, w *chunkWriter) error {
	p.mu.Lock()
	again := p.asked[peer]
	p.asked[peer] = true
	p.mu.Unlock()
	if again {
		return lostf("rank %d asks a second time for exchange %d", peer, p.exchange)
	}
	buffered := bufio.NewWriterSize(w, chunkBytes)
	err := p.give(peer, buffered)
	if err == nil {
		err = buffered.Flush()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil {
		p.err = err
	}
	if p.left--; p.left == 0 {
		close(p.served)
	}
	return err
}

func (p *publication) failure() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// chunkWriter sends what is written to it as messages.
type chunkWriter struct {
	stream grpc.ServerStreamingServer[wire.Chunk]
	sent   *atomic.Int64
}

func (w *chunkWriter) Write(p []byte) (int, error) {
	written := 0
	for written < len(p) {
		n := min(len(p)-written, 4*chunkBytes)
		if err := w.stream.Send(&wire.Chunk{Data: p[written : written+n]}); err != nil {
			return written, lostf("send: %v", err)
		}
		w.sent.Add(int64(n))
		written += n
	}
	return written, nil
}

// chunkReader reads messages as one text.
type chunkReader struct {
	stream  grpc.ServerStreamingClient[wire.Chunk]
	peer    int
	session *Session
	rest    []byte
}

func (r *chunkReader) Read(p []byte) (int, error) {
	for len(r.rest) == 0 {
		chunk, err := r.stream.Recv()
		if errors.Is(err, io.EOF) {
			return 0, io.EOF
		}
		if status.Code(err) == codes.Unavailable {
			return 0, r.session.unreached(r.peer, err)
		}
		if err != nil {
			return 0, lostf("rank %d has nothing from rank %d: %v", r.session.rank, r.peer, err)
		}
		r.rest = chunk.Data
		r.session.received.Add(int64(len(chunk.Data)))
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}
