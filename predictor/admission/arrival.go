package admission

import (
	"context"
	"time"
)

// ArrivalKey is the key under which a request's context has a *time.Time that says when it arrived, if whoever
// received it knows better than whoever asks.
type ArrivalKey struct{}

// arrival returns when a request arrived; now, as far as is known otherwise.
func arrival(ctx context.Context, now time.Time) time.Time {
	if arrived, known := ctx.Value(ArrivalKey{}).(*time.Time); known {
		return *arrived
	}
	return now
}
