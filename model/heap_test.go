package model

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheBestAreThoseOfAllSorted(t *testing.T) {
	source := rand.New(rand.NewPCG(1, 1))
	for _, take := range []int{1, 2, 10, fewSorted - 1, fewSorted, fewSorted + 1, 100} {
		t.Run(fmt.Sprint(take), func(t *testing.T) {
			for _, n := range []int{0, 1, take, 2 * take, 500} {
				all := make([]candidate, n)
				var best worstFirst
				for i := range all {
					all[i] = candidate{row: int32(i * 7 % n), score: float32(source.IntN(50))} // many of which are equal
					if len(best) < take {
						best.push(all[i])
					} else if best[0].worse(all[i]) {
						best.replace(all[i])
					}
				}
				slices.SortFunc(all, func(a, b candidate) int {
					if a.worse(b) {
						return 1
					}
					return -1
				})
				best.sort()
				require.Equal(t, all[:min(take, n)], append([]candidate{}, best...))
			}
		})
	}
}
