package vec

import (
	"encoding/binary"
	"math"
	"runtime"
	"sync"
)

// Codes are rows of numbers with a byte for each number, and bounds on what that
// loses. Scanning them takes a quarter of the memory that the rows take, and
// finds every row whose score may exceed a floor, and few others: those are then
// scored from the rows themselves, so that the answer is exact.
//
// A row x is step·c + e with c from −127 to 127, a query q likewise, and so
//
//	|⟨q, x⟩ − steps·⟨codes⟩| ≤ ‖q‖·‖e of x‖ + ‖e of q‖·‖step·c of x‖
type Codes struct {
	rows, d int
	quads   int       // groups of four values in a row
	codes   []uint8   // [rows/64, quads, 64, 4]: c + 128; what fills up is 128
	step    []float32 // [rows], filled up to a multiple of 64, as are the next two
	lost    []float32 // ‖e‖, and what float32 may round away
	size    []float32 // ‖step·c‖
}

// CodesBlock is how many rows CodedQuery.Above looks at together.
const CodesBlock = 64

// roundoff bounds the relative error of a float32 operation, twice.
const roundoff = 1.2e-7

// NewCodes returns the codes of rows [n, d], made on all cores, or nil where
// there are no instructions to scan them with faster than the rows.
func NewCodes(rows []float32, d int) *Codes {
	if !coded {
		return nil
	}
	n := len(rows) / d
	blocks := (n + CodesBlock - 1) / CodesBlock
	c := &Codes{
		rows: n, d: d, quads: (d + 3) / 4,
		step: make([]float32, blocks*CodesBlock), lost: make([]float32, blocks*CodesBlock), size: make([]float32, blocks*CodesBlock),
	}
	c.codes = c.reserved(blocks * CodesBlock * c.quads * 4)
	var all sync.WaitGroup
	parts := runtime.GOMAXPROCS(0)
	for part := range parts {
		all.Go(func() {
			values := make([]int8, 4*c.quads)
			for block := blocks * part / parts; block < blocks*(part+1)/parts; block++ {
				c.encode(block, rows, values)
			}
		})
	}
	all.Wait()
	return c
}

// encode makes the codes of a block of rows. values is memory for one row's.
func (c *Codes) encode(block int, rows []float32, values []int8) {
	codes := c.codes[block*CodesBlock*c.quads*4 : (block+1)*CodesBlock*c.quads*4]
	for i := range CodesBlock {
		row := block*CodesBlock + i
		clear(values)
		if row < c.rows {
			x := rows[row*c.d : (row+1)*c.d]
			step, lost, size := encode(x, values)
			c.step[row], c.size[row] = step, size
			c.lost[row] = lost + roundoff*float32(c.d+16)*(size+lost)
		}
		for quad := range c.quads {
			binary.LittleEndian.PutUint32(codes[(quad*CodesBlock+i)*4:], four(values, quad)^0x80808080)
		}
	}
}

// four returns quad number quad of values, the first lowest.
func four(values []int8, quad int) uint32 {
	v := values[4*quad : 4*quad+4]
	return uint32(uint8(v[0])) | uint32(uint8(v[1]))<<8 | uint32(uint8(v[2]))<<16 | uint32(uint8(v[3]))<<24
}

// rounder, added to a float32 of at most 127, leaves it rounded to even in the lowest bits.
const rounder = 3 << 22

// encode writes the codes of x and returns their step, the length of what they
// lose, and their length.
func encode(x []float32, codes []int8) (step, lost, size float32) {
	var bits uint32 // of the greatest magnitude: those of positive numbers ascend with them
	for _, value := range x {
		bits = max(bits, math.Float32bits(value)&^(1<<31))
	}
	most := math.Float32frombits(bits)
	if most == 0 {
		return 0, 0, 0
	}
	step = most / 127
	inverse := 127 / most
	var lostSquares, squares float64
	codes = codes[:len(x)]
	for i, value := range x {
		rounded := int32(math.Float32bits(float32(value*inverse)+rounder) - math.Float32bits(rounder))
		code := max(-127, min(127, rounded))
		codes[i] = int8(code)
		kept := float64(step) * float64(code)
		lostSquares += (float64(value) - kept) * (float64(value) - kept)
		squares += kept * kept
	}
	return step, up(math.Sqrt(lostSquares)), up(math.Sqrt(squares))
}

// up returns a float32 that is no less than v, which is positive.
func up(v float64) float32 { return float32(v * (1 + 2*roundoff)) }

// thresholds is what codesAbove needs of a query, in its order.
type thresholds struct {
	offset int32   // of the sums, as arrange says
	weight float32 // of a sum of codes: weight · the query's step
	lost   float32 // |weight| · ‖q‖
	size   float32 // |weight| · ‖e of q‖
	floor  float32
	slack  float32
}

// A CodedQuery is a query to scan codes with. Its memory may be used again.
type CodedQuery struct {
	codes      *Codes
	values     []int8 // [quads, 4]
	operand    []byte // [quads, operandWidth]
	thresholds thresholds
}

// Begin makes q the query [d] for these codes, whose inner products count with
// weight.
func (c *Codes) Begin(q *CodedQuery, query []float32, weight float32) {
	q.codes = c
	if width := operandWidth(); len(q.operand) != width*c.quads {
		q.values, q.operand = make([]int8, 4*c.quads), make([]byte, width*c.quads)
	}
	step, lost, size := encode(query, q.values)
	magnitude := float32(math.Abs(float64(weight)))
	q.thresholds = thresholds{
		offset: arrange(q.values, q.operand, operandWidth()), weight: weight * step,
		lost: magnitude * (size + lost), size: magnitude * lost, slack: 4 * roundoff,
	}
}

// Above looks at the rows from begin on, a multiple of CodesBlock, block by block, until one has rows for
// which base + weight · scale · ⟨query, row⟩ may exceed floor, or there are no more. It returns where that
// block begins, and a bit for each of its rows; every row for which it does has its bit set. scale and base
// are those of the rows from begin on, and say how many there are.
func (q *CodedQuery) Above(begin int, scale, base []float32, floor float32) (at int, above uint64) {
	q.thresholds.floor = floor
	scale = scale[:len(base)]
	whole := len(base) / CodesBlock
	if whole > 0 {
		var left int
		left, above = q.above(begin, whole, &scale[0], &base[0])
		if at = begin + CodesBlock*(whole-left-1); above != 0 || whole*CodesBlock == len(base) {
			return at, above
		}
	}
	var scales, bases [CodesBlock]float32 // of the last block, which is not whole
	rest := copy(scales[:], scale[whole*CodesBlock:])
	copy(bases[:], base[whole*CodesBlock:])
	at = begin + whole*CodesBlock
	_, above = q.above(at, 1, &scales[0], &bases[0])
	return at, above & (1<<rest - 1)
}

func (q *CodedQuery) above(begin, blocks int, scale, base *float32) (left int, above uint64) {
	c := q.codes
	defer runtime.KeepAlive(c)
	return codesAbove(&c.codes[begin*c.quads*4], &q.operand[0], c.quads, blocks,
		&c.step[begin], &c.lost[begin], &c.size[begin], scale, base, &q.thresholds)
}
