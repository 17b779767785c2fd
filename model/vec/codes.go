package vec

import (
	"math"
	"runtime"
	"sync"
)

// Codes are rows of numbers with half a byte for each number, or a byte where rows are long, and bounds on what that loses.
// Scanning them takes an eighth of the memory that the rows take, or a quarter, and finds every row whose score may exceed a floor, and few
// others: those are then scored from the rows themselves, so that the answer is exact.
//
// A row x is step·c + e with odd c from −15 to 15, or from −255 to 255, a query q is likewise with c from −63 to 63, and so
//
//	|⟨q, x⟩ − steps·⟨codes⟩| ≤ ‖q‖·‖e of x‖ + ‖e of q‖·‖step·c of x‖
type Codes struct {
	rows, d int
	width   int       // how many values lie together in four bytes of a row: eight halves, or four
	groups  int       // of so many values in a row
	codes   []uint8   // [rows/64, groups, 64, 4]: (c + the most)/2; of eight values four in the low halves, and those behind them in the high ones
	step    []float32 // [rows]
	length  []float32 // [rows]: ‖x‖ or more
	bounds  []float32 // [rows/64, 2]: the most of ‖e‖ and of ‖step·c‖ in a block, each in double steps of its row
}

// ScaledCodes are codes of rows whose inner products count with a scale each.
type ScaledCodes struct {
	*Codes
	Reaches []float32 // [rows]: what a query of length 1 adds to a row's score at most
	steps   []float32 // [rows], filled up to a multiple of 64: a double step times the scale
}

// CodesBlock is how many rows CodedQuery.Above looks at together.
const CodesBlock = 64

const (
	// halves and bytes are how many values lie together in four bytes.
	halves, bytes = 8, 4
	// halvesMost is how long rows are at most whose numbers take half a byte. What that loses grows with the square root of their
	// length, beside what rows differ by: of 10,000 rows of 128 numbers it would let 700 through for a list of ten, of 64 numbers 200.
	halvesMost = 64
	// queryMost is the greatest magnitude of a query's codes: the products of 32 values with codes of up to 15, or of two with codes
	// of up to 255, add up to less than 2¹⁵.
	queryMost = 63
	// roundoff bounds the relative error of a float32 operation, twice.
	roundoff = 1.2e-7
	// roundings is how many such errors there are at most beside those of an inner product. Most are of a sum of products of codes and
	// of what belongs to it, which may be 15 times as large as what is left of both, or 255 times.
	roundings = 640
)

// NewCodes returns the codes of rows [n, d], made on all cores, or nil where
// there are no instructions to scan them with faster than the rows.
func NewCodes(rows []float32, d int) *Codes {
	if !coded {
		return nil
	}
	n := len(rows) / d
	c := &Codes{rows: n, d: d, width: halves, step: make([]float32, n), length: make([]float32, n)}
	if d > halvesMost {
		c.width = bytes
	}
	c.groups = (d + c.width - 1) / c.width
	c.codes, c.bounds = c.reserved(c.blocks()*c.blockBytes()), make([]float32, 2*c.blocks())
	var all sync.WaitGroup
	parts := runtime.GOMAXPROCS(0)
	for part := range parts {
		all.Go(func() {
			values := make([]uint8, c.width*c.groups)
			for block := c.blocks() * part / parts; block < c.blocks()*(part+1)/parts; block++ {
				c.encode(block, rows, values)
			}
		})
	}
	all.Wait()
	return c
}

// blocks is how many blocks of rows there are.
func (c *Codes) blocks() int { return (c.rows + CodesBlock - 1) / CodesBlock }

// blockBytes is how many bytes the codes of a block take.
func (c *Codes) blockBytes() int { return CodesBlock * c.groups * 4 }

// middle is half of the greatest of a row's codes as they are stored: what lies in the middle counts for nothing.
func (c *Codes) middle() float32 {
	if c.width == halves {
		return 7.5
	}
	return 127.5
}

// encode makes the codes of a block of rows. values is memory for one row's.
func (c *Codes) encode(block int, rows []float32, values []uint8) {
	codes, bounds := c.codes[block*c.blockBytes():(block+1)*c.blockBytes()], c.bounds[2*block:2*block+2]
	for row := block * CodesBlock; row < min((block+1)*CodesBlock, c.rows); row++ {
		step, lost, size := encodeRow(rows[row*c.d:(row+1)*c.d], values, c.middle())
		lost += roundoff * float32(c.d+roundings) * (size + lost)
		c.step[row], c.length[row] = step, up(float64(size)+float64(lost))
		if step > 0 {
			bounds[0] = max(bounds[0], up(float64(lost)/float64(2*step)))
			bounds[1] = max(bounds[1], up(float64(size)/float64(2*step)))
		}
		for group := range c.groups {
			four := codes[(group*CodesBlock+row%CodesBlock)*4:][:4]
			copy(four, values[c.width*group:])
			for i, high := range values[c.width*group+4 : c.width*(group+1)] {
				four[i] |= high << 4
			}
		}
	}
}

// encodeRow writes the codes of x, from 0 to twice the middle, and returns what 1 in them counts, half, the length of what they
// lose, and their length.
func encodeRow(x []float32, codes []uint8, middle float32) (step, lost, size float32) {
	most := greatest(x)
	if most == 0 {
		clear(codes)
		return 0, 0, 0
	}
	step = most / (2 * middle)
	inverse := middle / most
	var lostSquares, squares float64
	for i, value := range x {
		code := max(0, min(int32(2*middle), rounded(value*inverse+middle)))
		codes[i] = uint8(code)
		kept := float64(step) * float64(2*code-int32(2*middle))
		lostSquares += (float64(value) - kept) * (float64(value) - kept)
		squares += kept * kept
	}
	return step, up(math.Sqrt(lostSquares)), up(math.Sqrt(squares))
}

// encodeQuery writes the codes of x and returns their step, the length of what they lose, and their length.
func encodeQuery(x []float32, codes []int8) (step, lost, size float32) {
	most := greatest(x)
	if most == 0 {
		clear(codes)
		return 0, 0, 0
	}
	step = most / queryMost
	inverse := queryMost / most
	var lostSquares, squares float64
	for i, value := range x {
		code := max(-queryMost, min(queryMost, rounded(value*inverse)))
		codes[i] = int8(code)
		kept := float64(step) * float64(code)
		lostSquares += (float64(value) - kept) * (float64(value) - kept)
		squares += kept * kept
	}
	return step, up(math.Sqrt(lostSquares)), up(math.Sqrt(squares))
}

// greatest returns the greatest magnitude of some numbers.
func greatest(x []float32) float32 {
	var bits uint32 // of the greatest: those of positive numbers ascend with them
	for _, value := range x {
		bits = max(bits, math.Float32bits(value)&^(1<<31))
	}
	return math.Float32frombits(bits)
}

// rounded returns a number of at most 2²¹ rounded to even.
func rounded(value float32) int32 {
	const rounder = 3 << 22 // added, it leaves that in the lowest bits
	return int32(math.Float32bits(value+rounder) - math.Float32bits(rounder))
}

// up returns a float32 that is no less than v, which is positive.
func up(v float64) float32 { return float32(v * (1 + 2*roundoff)) }

// Scaled returns the codes with a scale [rows] for each row's inner products, or nil if one is negative.
func (c *Codes) Scaled(scale []float32) *ScaledCodes {
	s := &ScaledCodes{Codes: c, Reaches: c.reaches(scale), steps: make([]float32, c.blocks()*CodesBlock)}
	for i, scale := range scale[:c.rows] {
		if scale < 0 {
			return nil
		}
		s.steps[i] = 2 * c.step[i] * scale
	}
	return s
}

// thresholds is what codesAbove needs of a query, in its order.
type thresholds struct {
	offset float32 // that belongs to a weighed sum of products, since what lies in the middle counts for nothing
	weight float32 // of a sum of products: weight · the query's step
	lost   float32 // |weight| · ‖q‖
	size   float32 // |weight| · ‖e of q‖
	floor  float32
}

// A CodedQuery is a query to scan codes with. Its memory may be used again.
type CodedQuery struct {
	values     []int8 // [groups, width]
	thresholds thresholds
}

// Begin makes q the query [d] for these codes, whose inner products count with
// weight.
func (c *Codes) Begin(q *CodedQuery, query []float32, weight float32) {
	if len(q.values) != c.width*c.groups {
		q.values = make([]int8, c.width*c.groups)
	}
	step, lost, size := encodeQuery(query, q.values)
	sum := 0
	for _, value := range q.values {
		sum += int(value)
	}
	magnitude := float32(math.Abs(float64(weight)))
	q.thresholds = thresholds{
		offset: -weight * step * c.middle() * float32(sum), weight: weight * step, lost: magnitude * (size + lost), size: magnitude * lost,
	}
}

// Above looks at the rows from begin on, a multiple of CodesBlock, block by block, until one has rows for
// which base + weight · scale · ⟨query, row⟩ may exceed floor, or there are no more. It returns where that
// block begins, and a bit for each of its rows; every row for which it does has its bit set. base is that of the rows from
// begin on, and says how many there are.
func (q *CodedQuery) Above(codes *ScaledCodes, begin int, base []float32, floor float32) (at int, above uint64) {
	q.thresholds.floor = floor
	whole := len(base) / CodesBlock
	if whole > 0 {
		var left int
		left, above = q.above(codes, begin, whole, &base[0])
		if at = begin + CodesBlock*(whole-left-1); above != 0 || whole*CodesBlock == len(base) {
			return at, above
		}
	}
	var bases [CodesBlock]float32 // of the last block, which is not whole
	rest := copy(bases[:], base[whole*CodesBlock:])
	at = begin + whole*CodesBlock
	_, above = q.above(codes, at, 1, &bases[0])
	return at, above & (1<<rest - 1)
}

func (q *CodedQuery) above(c *ScaledCodes, begin, blocks int, base *float32) (left int, above uint64) {
	defer runtime.KeepAlive(c)
	block := begin / CodesBlock
	_, _ = c.codes[(block+blocks)*c.blockBytes()-1], c.steps[(block+blocks)*CodesBlock-1]
	return codesAbove(&c.codes[block*c.blockBytes()], &q.values[0], c.groups, blocks,
		&c.steps[begin], base, &c.bounds[2*block], &q.thresholds, c.width)
}
