package admission_test

import (
	"context"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/predictor/admission"
)

// A client is the context of one request after the other, which ends when its client leaves.
type client struct {
	context.Context

	mu      sync.Mutex
	watcher admission.Watcher
	left    bool
}

func (c *client) Watch(by admission.Watcher) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left {
		by.Gone()
		return
	}
	c.watcher = by
}

func (c *client) Unwatch() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watcher = nil
}

func (c *client) Done() <-chan struct{} { panic("nobody needs a channel") }

func (c *client) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left {
		return context.Canceled
	}
	return nil
}

// leave ends the context.
func (c *client) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left = true
	if c.watcher != nil {
		c.watcher.Gone()
	}
}

// ask makes it another request's context.
func (c *client) ask() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left = false
}

func TestOneWhoseClientLeavesIsNotLetIn(t *testing.T) {
	gate := admission.NewGate[string](1, 2, 0)
	require.NoError(t, enter(t.Context(), gate))
	impatient, patient := &client{Context: t.Context()}, &client{Context: t.Context()}
	first, second := await(impatient, gate), await(patient, gate)
	impatient.leave()
	require.ErrorIs(t, <-first, context.Canceled)
	require.ErrorIs(t, enter(impatient, gate), context.Canceled, "it had left before")
	require.Equal(t, 1, gate.Waiting())
	gate.Leave()
	require.NoError(t, <-second)
	patient.leave()
	gate.Leave()
	require.NoError(t, enter(t.Context(), gate), "the place is free")
}

// Each client asks again with the same context, as soon as it was answered or has left, so that a message which reaches
// anybody but the one it is for would be found out.
func TestOfAClientThatLeavesTheJobIsDoneOrNotLookedAt(t *testing.T) {
	const clients, requests = 32, 300
	gate := admission.NewGate[*atomic.Bool](2, clients, 0)
	var done, gone atomic.Int64
	var crowd sync.WaitGroup
	for range clients {
		crowd.Go(func() {
			asks := &client{Context: t.Context()}
			for range requests {
				var leaving sync.WaitGroup
				leaves := rand.IntN(2) == 0
				if leaves {
					leaving.Go(asks.leave)
				}
				own := &atomic.Bool{}
				in, err := gate.Enter(asks, own)
				if in {
					own.Store(true)
					gate.Along(clients/2, func(*atomic.Bool) bool { return rand.IntN(4) > 0 }, func(others []*atomic.Bool) {
						runtime.Gosched()
						for _, other := range others {
							if other.Swap(true) {
								t.Error("a job was done twice")
							}
						}
					})
				}
				leaving.Wait()
				switch {
				case err == nil && own.Load():
					done.Add(1)
				case err != nil && leaves && !own.Load():
					gone.Add(1)
				default:
					t.Errorf("done: %v, left: %v, told: %v", own.Load(), leaves, err)
				}
				asks.ask()
			}
		})
	}
	crowd.Wait()
	require.Equal(t, int64(clients*requests), done.Load()+gone.Load())
	require.Zero(t, gate.Waiting())
	for range 2 {
		in, err := gate.Enter(t.Context(), nil)
		require.NoError(t, err)
		require.True(t, in, "its places are free again")
	}
}
