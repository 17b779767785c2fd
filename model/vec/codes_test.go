package vec

import (
	"math/bits"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCodesMissNoRowAndFindFewMore(t *testing.T) {
	if !coded {
		require.Nil(t, NewCodes(random(64, 1), 8), "without the instructions there are none")
		return
	}
	for _, d := range []int{1, 3, 4, 37, 64, 128, 300} {
		for _, n := range []int{1, 63, 64, 1000} {
			for _, weight := range []float32{0.7, -2, 0} {
				rows, query, base, scale := random(n*d, 1), random(d, 2), random(n, 3), random(n, 4)
				c := NewCodes(rows, d)
				var q CodedQuery
				c.Begin(&q, query, weight)
				exact := make([]float32, n)
				Dots(query, rows, exact)
				exceed, found := 0, 0
				for begin, next := 0, 0; begin < n; begin += CodesBlock {
					end := min(begin+CodesBlock, n)
					const floor = 1.5
					var above uint64
					if begin >= next { // else it was passed over
						at, found := q.Above(begin, scale[begin:], base[begin:], floor)
						if next = at; at == begin {
							above, next = found, at+CodesBlock
						}
					}
					does := Above(weight, scale[begin:end], base[begin:end], exact[begin:end], floor)
					require.Zero(t, does&^above, "rows from %d on, d = %d", begin, d)
					exceed += bits.OnesCount64(does)
					found += bits.OnesCount64(above)
				}
				require.LessOrEqual(t, found, exceed+n/5+2, "d = %d, n = %d", d, n)
			}
		}
	}
}

func TestCodesOfRowsAtTheLimitsMissNone(t *testing.T) {
	if !coded {
		return
	}
	const d = 64
	rows := make([]float32, 4*d)
	for i := range d {
		rows[i] = 127       // codes at their greatest
		rows[d+i] = -127    // and least
		rows[2*d+i] = 1e-30 // steps that are hardly numbers
		rows[3*d+i] = 0     // no step at all
	}
	c := NewCodes(rows, d)
	for _, query := range [][]float32{rows[:d], rows[d : 2*d], rows[2*d : 3*d], rows[3*d:], random(d, 5)} {
		var q CodedQuery
		c.Begin(&q, query, 1)
		exact := make([]float32, 4)
		Dots(query, rows, exact)
		for i, score := range exact {
			floor := score - max(1e-3, score*1e-3, -score*1e-3)
			_, above := q.Above(0, []float32{1, 1, 1, 1}, []float32{0, 0, 0, 0}, floor)
			require.NotZero(t, above>>i&1)
		}
	}
}

func TestAGroupFindsForEachQueryWhatItFindsAlone(t *testing.T) {
	if !coded {
		return
	}
	for _, d := range []int{1, 3, 4, 37, 64, 300} {
		for _, n := range []int{1, 63, 64, 65, 1000} {
			rows := random(n*d, 1)
			c := NewCodes(rows, d)
			var queries [Together]*CodedQuery
			var scales, bases [Together][]float32
			floors := [Together]float32{1.5, 6, -1, 1e9}
			for i, weight := range []float32{0.7, -2, 0, 1} {
				queries[i] = new(CodedQuery)
				c.Begin(queries[i], random(d, uint64(10+i)), weight)
				scales[i], bases[i] = random(n, uint64(20+i)), random(n, uint64(30+i))
			}
			var group CodedGroup
			group.Begin(&queries)
			for _, floors := range [][Together]float32{floors, {1e9, 1e9, 1e9, 1e9}, {1e9, 1e9, 8, 1e9}} {
				for begin := 0; begin < n; {
					var restScales, restBases [Together][]float32
					for i := range queries {
						restScales[i], restBases[i] = scales[i][begin:], bases[i][begin:]
					}
					at, above := group.Above(begin, &restScales, &restBases, &floors)
					var alone [Together]uint64
					first := at
					for i, q := range queries {
						found, bits := q.Above(begin, scales[i][begin:], bases[i][begin:], floors[i])
						if bits != 0 {
							first = min(first, found)
						}
						if found == at {
							alone[i] = bits
						}
					}
					require.Equal(t, first, at, "no query stops before the group does")
					require.Equal(t, alone, above, "rows from %d on of %d, d = %d", at, n, d)
					begin = at + CodesBlock
				}
			}
		}
	}
}
