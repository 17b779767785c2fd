// Package rankstest helps tests that have ranks.
package rankstest

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/command/commandtest"
	"github.com/daybreak-ml/daybreak/trainer/ranks"
)

// Team returns a number of ranks, all of this process, of which the test is rank 0;
// tasks are what another can be asked to do. It is sent home when the test ends.
func Team(t *testing.T, size int, tasks func(rank int) ranks.Tasks) *ranks.Team {
	t.Helper()
	port := commandtest.Port(t)
	options := func(rank int) ranks.Options {
		return ranks.Options{Launch: ranks.Launch{Rank: rank, Size: size, Host: "127.0.0.1", Port: port}, Timeout: time.Minute}
	}
	var others sync.WaitGroup
	for rank := 1; rank < size; rank++ {
		can := tasks(rank)
		others.Go(func() {
			if err := ranks.Assist(context.Background(), options(rank), can, func() (bool, error) { return false, nil }); err != nil {
				t.Errorf("rank %d: %v", rank, err)
			}
		})
	}
	team, err := ranks.Lead(options(0))
	require.NoError(t, err)
	t.Cleanup(func() {
		team.Close(nil)
		others.Wait()
	})
	return team
}
