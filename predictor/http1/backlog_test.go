package http1

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestABacklogGivesTheOldestAndTheNewest(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	var b backlog[int]
	var want []int
	for n := range 10_000 {
		switch choice := random.IntN(4); {
		case choice < 2 || len(want) == 0:
			b.add(n)
			want = append(want, n)
		case choice == 2:
			require.Equal(t, want[0], b.oldest())
			want = want[1:]
		default:
			require.Equal(t, want[len(want)-1], b.newest())
			want = want[:len(want)-1]
		}
		require.Equal(t, len(want), b.size)
	}
}
