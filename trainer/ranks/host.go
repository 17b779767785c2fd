package ranks

import (
	"context"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/daybreak-ml/daybreak/trainer/ranks/wire"
)

// host answers Fetch for the session that is under way.
type host struct {
	wire.UnimplementedRanksServer

	mu      sync.Mutex
	session *Session
	changed chan struct{} // closed and replaced with the session
}

func newHost() *host { return &host{changed: make(chan struct{})} }

// adopt makes a session the one that is answered for; nil for none.
func (h *host) adopt(s *Session) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.session = s
	close(h.changed)
	h.changed = make(chan struct{})
}

// Fetch serves a peer. One that heard of a new session first waits.
func (h *host) Fetch(request *wire.FetchRequest, stream grpc.ServerStreamingServer[wire.Chunk]) error {
	session, err := h.await(stream.Context(), request.Session)
	if err != nil {
		return err
	}
	if err := session.serve(request, stream); err != nil {
		return status.Error(codes.Aborted, err.Error())
	}
	return nil
}

func (h *host) await(ctx context.Context, id string) (*Session, error) {
	for {
		h.mu.Lock()
		session, changed := h.session, h.changed
		h.mu.Unlock()
		if session != nil && session.id == id {
			return session, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, status.FromContextError(ctx.Err()).Err()
		}
	}
}
