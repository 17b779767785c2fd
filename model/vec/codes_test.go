package vec

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCodesMissNoRowAndFindNoneThatIsFarBelow(t *testing.T) {
	if !coded {
		require.Nil(t, NewCodes(random(64, 1), 8), "without the instructions there are none")
		return
	}
	for _, d := range []int{1, 3, 4, 37, 64, 65, 128, 300} {
		most := float32(15)
		if d > halvesMost {
			most = 255
		}
		for _, n := range []int{1, 63, 64, 1000} {
			for _, weight := range []float32{0.7, -2, 0} {
				rows, query, base, scale := random(n*d, 1), random(d, 2), random(n, 3), random(n, 4)
				for i, s := range scale {
					scale[i] = max(s, -s)
				}
				c := NewCodes(rows, d).Scaled(scale)
				var q CodedQuery
				c.Begin(&q, query, weight)
				scores := make([]float32, n)
				Dots(query, rows, scores)
				Above(weight, scale, base, scores, 0)
				const floor = 1.5
				found := make([]bool, n)
				for begin := 0; begin < n; begin += CodesBlock {
					at, above := q.Above(c, begin, base[begin:], floor)
					for begin = at; above != 0; above &= above - 1 {
						found[begin+bits.TrailingZeros64(above)] = true
					}
				}
				for i, score := range scores {
					if score > floor {
						require.True(t, found[i], "row %d of %d, d = %d", i, n, d)
					}
					if found[i] {
						row := rows[i*d : (i+1)*d]
						lost := scale[i] * max(weight, -weight) * float32(math.Sqrt(float64(d))) *
							(length(query)*greatest(row)/most + length(row)*greatest(query)/126)
						require.Greater(t, score, floor-2.1*lost, "row %d of %d, d = %d", i, n, d)
					}
				}
			}
		}
	}
}

// TestCodesFindFewMoreThanTheBest takes a catalogue as factorisations make them, of which the ten best are looked for.
func TestCodesFindFewMoreThanTheBest(t *testing.T) {
	if !coded {
		return
	}
	const n, wanted = 10_000, 10
	for _, d := range []int{32, 64, 128} {
		rows, query, base := random(n*d, 1), random(d, 2), make([]float32, n)
		codes := NewCodes(rows, d).Scaled(slices.Repeat([]float32{1}, n))
		var q CodedQuery
		codes.Begin(&q, query, 1)
		scores := make([]float32, n)
		Dots(query, rows, scores)
		slices.Sort(scores)
		found := 0
		for begin := 0; begin < n; begin += CodesBlock {
			at, above := q.Above(codes, begin, base[begin:], scores[n-wanted-1])
			begin, found = at, found+bits.OnesCount64(above)
		}
		require.GreaterOrEqual(t, found, wanted)
		require.LessOrEqual(t, found, n/20, "d = %d", d)
		t.Logf("d = %d: %d of %d rows found", d, found, n)
	}
}

func length(x []float32) float32 { return float32(math.Sqrt(float64(Dot(x, x)))) }

func TestNoCodesHaveANegativeScale(t *testing.T) {
	if coded {
		require.Nil(t, NewCodes(random(16, 1), 8).Scaled([]float32{1, -1}))
	}
}

func TestCodesOfRowsAtTheLimitsMissNone(t *testing.T) {
	if !coded {
		return
	}
	const d = 64
	rows := make([]float32, 4*d)
	for i := range d {
		rows[i] = 15        // codes at their greatest
		rows[d+i] = -15     // and least
		rows[2*d+i] = 1e-30 // steps that are hardly numbers
		rows[3*d+i] = 0     // no step at all
	}
	c := NewCodes(rows, d).Scaled([]float32{1, 1, 1, 1})
	for _, query := range [][]float32{rows[:d], rows[d : 2*d], rows[2*d : 3*d], rows[3*d:], random(d, 5)} {
		var q CodedQuery
		c.Begin(&q, query, 1)
		exact := make([]float32, 4)
		Dots(query, rows, exact)
		for i, score := range exact {
			floor := score - max(1e-3, score*1e-3, -score*1e-3)
			_, above := q.Above(c, 0, []float32{0, 0, 0, 0}, floor)
			require.NotZero(t, above>>i&1)
		}
	}
}

// TestSumsOfCodesAreExact takes all bounds away, so that a row is above every floor less than its sum.
func TestSumsOfCodesAreExact(t *testing.T) {
	if !coded {
		return
	}
	for _, d := range []int{1, 4, 6, 64, 65, 100, 128, 256, 300} {
		const n = 2*CodesBlock + 17
		source := rand.New(rand.NewPCG(1, uint64(d)))
		whole := func(values []float32, most, kind int) { // odd numbers up to most, which is odd
			for i := range values {
				switch kind {
				case 0: // codes at their greatest, of one sign and of both
					values[i] = float32(most)
				case 1:
					values[i] = -float32(most)
				case 2:
					values[i] = float32(most * (1 - 2*(i%2)))
				default:
					values[i] = float32(2*source.IntN(most+1) - most)
				}
			}
			if kind > 1 {
				values[0] = float32(most) // so that a step is 1
			}
		}
		rows, most := make([]float32, n*d), 15
		if d > halvesMost {
			most = 255
		}
		for i := range n {
			whole(rows[i*d:(i+1)*d], most, i%5)
		}
		c := NewCodes(rows, d)
		clear(c.bounds)
		scaled := c.Scaled(slices.Repeat([]float32{1}, n))
		zeros, want := make([]float32, n), make([][]float32, Together)
		var queries [Together]*CodedQuery
		for kind := range queries {
			query := make([]float32, d)
			whole(query, queryMost, kind)
			queries[kind] = new(CodedQuery)
			c.Begin(queries[kind], query, 1)
			want[kind] = make([]float32, n)
			for i := range n {
				for j := range query {
					want[kind][i] += query[j] * rows[i*d+j]
				}
			}
		}
		var group CodedGroup
		group.Begin(&queries, &[Together]*ScaledCodes{scaled, scaled, scaled, scaled})
		for i := range n {
			block, bit := i/CodesBlock*CodesBlock, i%CodesBlock
			for _, above := range []float32{-0.5, 0.5} {
				var floors [Together]float32
				var bases [Together][]float32
				for kind, q := range queries {
					floors[kind] = want[kind][i] + above
					_, found := q.Above(scaled, block, zeros[block:block+bit+1], floors[kind])
					require.Equal(t, above < 0, found>>bit&1 == 1, "query %d, row %d, d = %d", kind, i, d)
					bases[kind] = zeros[block : block+bit+1]
				}
				_, found := group.Above(block, &bases, &floors)
				for kind := range queries {
					require.Equal(t, above < 0, found[kind]>>bit&1 == 1, "query %d of a group, row %d, d = %d", kind, i, d)
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
			var scaled [Together]*ScaledCodes
			var bases [Together][]float32
			floors := [Together]float32{1.5, 6, -1, 1e9}
			for i, weight := range []float32{0.7, -2, 0, 1} {
				queries[i] = new(CodedQuery)
				c.Begin(queries[i], random(d, uint64(10+i)), weight)
				scaled[i], bases[i] = c.Scaled(slices.Repeat([]float32{float32(i)}, n)), random(n, uint64(30+i))
			}
			var group CodedGroup
			group.Begin(&queries, &scaled)
			for _, floors := range [][Together]float32{floors, {1e9, 1e9, 1e9, 1e9}, {1e9, 1e9, 8, 1e9}} {
				for begin := 0; begin < n; {
					var rest [Together][]float32
					for i := range queries {
						rest[i] = bases[i][begin:]
					}
					at, above := group.Above(begin, &rest, &floors)
					var alone [Together]uint64
					first := at
					for i, q := range queries {
						found, bits := q.Above(scaled[i], begin, bases[i][begin:], floors[i])
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
