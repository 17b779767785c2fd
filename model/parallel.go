package model

import (
	"runtime"

	"golang.org/x/sync/errgroup"
)

// leastParallel is how many rows are worth a goroutine.
const leastParallel = 4096

// inParallel runs do on consecutive parts of n rows, on all cores. It returns an error of the lowest
// part that has one.
func inParallel(n int, do func(begin, end int) error) error {
	parts := max(1, min(runtime.GOMAXPROCS(0), n/leastParallel))
	errs := make([]error, parts)
	var group errgroup.Group
	for part := range parts {
		group.Go(func() error {
			errs[part] = do(n*part/parts, n*(part+1)/parts)
			return nil
		})
	}
	_ = group.Wait() // the parts' errors are looked at in order
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
