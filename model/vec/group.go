package vec

import "runtime"

// Together is how many queries a CodedGroup has.
const Together = 4

// A CodedGroup is queries to scan the same codes with in one pass, which takes little longer than a pass for
// one of them where it is memory that a pass waits for. Its memory may be used again.
type CodedGroup struct {
	codes         *Codes
	operands      []byte // [quads, Together, operandWidth]
	thresholds    [Together]thresholds
	scales, bases [Together]*float32
	rest          [2 * Together][CodesBlock]float32 // of a last block that is not whole: scales and bases of each query
}

// Begin makes g of queries that have begun with the same codes. One may be there more than once.
func (g *CodedGroup) Begin(queries *[Together]*CodedQuery) {
	g.codes = queries[0].codes
	width := operandWidth()
	if size := Together * width * g.codes.quads; len(g.operands) != size {
		g.operands = make([]byte, size)
	}
	for n, q := range queries {
		g.thresholds[n] = q.thresholds
		arrange(q.values, g.operands[n*width:], Together*width)
	}
}

// Above is CodedQuery.Above for each of the queries: it stops where any of them has a bit, and finds the same
// bits for a block and a floor as each alone. The queries have as many rows.
func (g *CodedGroup) Above(begin int, scales, bases *[Together][]float32, floors *[Together]float32) (at int, above [Together]uint64) {
	rows := len(bases[0])
	for n := range floors {
		g.thresholds[n].floor = floors[n]
		scales[n], bases[n] = scales[n][:rows], bases[n][:rows]
	}
	whole := rows / CodesBlock
	if whole > 0 {
		for n := range scales {
			g.scales[n], g.bases[n] = &scales[n][0], &bases[n][0]
		}
		left := g.above(begin, whole, &above)
		if at = begin + CodesBlock*(whole-left-1); above != [Together]uint64{} || whole*CodesBlock == rows {
			return at, above
		}
	}
	for n := range scales {
		copy(g.rest[2*n][:], scales[n][whole*CodesBlock:])
		copy(g.rest[2*n+1][:], bases[n][whole*CodesBlock:])
		g.scales[n], g.bases[n] = &g.rest[2*n][0], &g.rest[2*n+1][0]
	}
	at = begin + whole*CodesBlock
	g.above(at, 1, &above)
	for n := range above {
		above[n] &= 1<<(rows-whole*CodesBlock) - 1
	}
	return at, above
}

func (g *CodedGroup) above(begin, blocks int, above *[Together]uint64) (left int) {
	c := g.codes
	defer runtime.KeepAlive(c)
	return codesAboveTogether(&c.codes[begin*c.quads*4], &g.operands[0], c.quads, blocks,
		&c.step[begin], &c.lost[begin], &c.size[begin], &g.scales, &g.bases, &g.thresholds, above)
}
