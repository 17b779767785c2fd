package vec

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// scanners are those that this processor can run.
func scanners() []scanner {
	all := []scanner{{"go", dotsGo, dotsAtGo}}
	if accelerated {
		all = append(all, scanner{"avx2", dotsNarrow, dotsAtNarrow})
	}
	if wide {
		all = append(all, scanner{"avx512", dotsWide, dotsAtWide})
	}
	return all
}

func TestEveryScannerAgreesWithFloat64(t *testing.T) {
	for _, s := range scanners() {
		t.Run(s.name, func(t *testing.T) {
			for _, d := range []int{1, 7, 8, 15, 16, 17, 31, 64, 100, 128, 256} {
				for _, n := range []int{1, 3, 4, 8, 15, 16, 17, 64, 77} {
					query, rows, dots := random(d, 1), random(n*d, 2), make([]float32, n+1)
					dots[n] = 42
					s.dots(query, rows, dots[:n])
					require.Equal(t, float32(42), dots[n], "what lies behind")
					for i := range n {
						var want, size float64
						for j := range d {
							product := float64(query[j]) * float64(rows[i*d+j])
							want, size = want+product, size+math.Abs(product)
						}
						require.InDelta(t, want, dots[i], 1e-6*(1+size), "row %d of %d, d = %d", i, n, d)
					}
				}
			}
		})
	}
}

func TestARowHasTheSameBitsWhateverItIsScannedWith(t *testing.T) {
	const n = 83
	for _, d := range []int{1, 8, 37, 64} {
		rows := random(n*d, 3)
		query := random(d, 4)
		for _, s := range scanners() {
			t.Run(fmt.Sprintf("%s, %d factors", s.name, d), func(t *testing.T) {
				all := make([]float32, n)
				s.dots(query, rows, all)
				for i := range n {
					alone := make([]float32, 1)
					s.dots(query, rows[i*d:(i+1)*d], alone)
					require.Equal(t, all[i], alone[0], "row %d alone", i)
				}
				for count := range 20 {
					picks, dots := make([]int32, count), make([]float32, count+1)
					for i := range picks {
						picks[i] = int32((i*31 + count) % n)
					}
					dots[count] = 42
					s.dotsAt(query, rows, picks, dots[:count])
					for i, pick := range picks {
						require.Equal(t, all[pick], dots[i], "row %d, one of %d", pick, count)
					}
					require.Equal(t, float32(42), dots[count], "what lies behind")
				}
			})
		}
	}
}

func TestAboveSaysWhichScoresExceedTheFloor(t *testing.T) {
	for n := range 65 {
		dots, base, scale := random(n, 8), random(n, 9), random(n, 10)
		plain := slices.Clone(dots)
		Above(0.5, nil, base, plain, 0.25)
		scores := slices.Clone(dots)
		above := Above(0.5, scale, base, scores, 0.25)
		for i := range n {
			require.InDelta(t, base[i]+0.5*dots[i], plain[i], 1e-6)
			require.InDelta(t, base[i]+0.5*scale[i]*dots[i], scores[i], 1e-6)
			require.Equal(t, scores[i] > 0.25, above>>i&1 == 1, "score %d of %d", i, n)
		}
		if n < 64 {
			require.Zero(t, above>>n, "bits behind the last")
		}
	}
}

func TestFetchingRowsChangesNothing(t *testing.T) {
	for _, d := range []int{1, 7, 16, 64, 300} {
		rows := random(10*d, 1)
		before := slices.Clone(rows)
		FetchAt(rows, d, nil)
		FetchAt(rows, d, []int32{9, 0, 3}) // the last row, too, of which no line may lie behind the end that is read
		require.Equal(t, before, rows)
	}
	FetchAt(nil, 0, []int32{1})
}
