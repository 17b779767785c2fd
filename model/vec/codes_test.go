package vec

import (
	"math/bits"
	"math/rand/v2"
	"slices"
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

// TestSumsOfCodesAreExact takes all bounds away, so that a row is above every floor less than its sum.
func TestSumsOfCodesAreExact(t *testing.T) {
	if !coded {
		return
	}
	chosen := Instructions()
	defer func() { require.NoError(t, Use(chosen)) }()
	for _, p := range paths()[1:] {
		require.NoError(t, Use(p.String()))
		for _, d := range []int{1, 4, 6, 64, 100, 256} {
			const n = 2*CodesBlock + 17
			rows, want := make([]float32, n*d), make([][]float32, Together)
			source := rand.New(rand.NewPCG(1, uint64(d)))
			whole := func(values []float32, kind int) {
				for i := range values {
					switch kind {
					case 0: // codes at their greatest, of one sign and of both
						values[i] = 127
					case 1:
						values[i] = -127
					case 2:
						values[i] = 127 * float32(1-2*(i%2))
					default:
						values[i] = float32(source.IntN(255) - 127)
					}
				}
				values[0] = max(127, values[0]) // so that a step is 1
			}
			for i := range n {
				whole(rows[i*d:(i+1)*d], i%5)
			}
			c := NewCodes(rows, d)
			clear(c.lost)
			clear(c.size)
			var queries [Together]*CodedQuery
			ones, zeros := slices.Repeat([]float32{1}, n), make([]float32, n)
			for kind := range queries {
				query := make([]float32, d)
				whole(query, kind)
				queries[kind] = new(CodedQuery)
				c.Begin(queries[kind], query, 1)
				queries[kind].thresholds.slack = 0
				want[kind] = make([]float32, n)
				for i := range n {
					for j := range query {
						want[kind][i] += query[j] * rows[i*d+j]
					}
				}
			}
			var group CodedGroup
			group.Begin(&queries)
			for i := range n {
				block, bit := i/CodesBlock*CodesBlock, i%CodesBlock
				for _, below := range []float32{0, 1} {
					var floors [Together]float32
					var scales, bases [Together][]float32
					for kind, q := range queries {
						floors[kind] = want[kind][i] - below
						_, above := q.Above(block, ones[block:block+bit+1], zeros[block:block+bit+1], floors[kind])
						require.Equal(t, below == 1, above>>bit&1 == 1, "%s: query %d, row %d, d = %d", p, kind, i, d)
						scales[kind], bases[kind] = ones[block:block+bit+1], zeros[block:block+bit+1]
					}
					_, above := group.Above(block, &scales, &bases, &floors)
					for kind := range queries {
						require.Equal(t, below == 1, above[kind]>>bit&1 == 1, "%s: query %d of a group, row %d, d = %d", p, kind, i, d)
					}
				}
			}
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
