// Package await waits for a state of the world by looking at it again and again.
package await

import (
	"context"
	"time"
)

// True calls check at once and then every interval, until it says that the
// state is reached, fails, or ctx ends; then its error is ctx's cause.
func True(ctx context.Context, interval time.Duration, check func() (reached bool, err error)) error {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		reached, err := check()
		if reached || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-ticker.C:
		}
	}
}
