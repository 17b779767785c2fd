package vec

import "runtime"

// Together is how many queries a CodedGroup has.
const Together = 4

// A CodedGroup is queries to scan the same codes with in one pass, which takes little longer than a pass for
// one of them where it is memory that a pass waits for. Its memory may be used again.
type CodedGroup struct {
	codes      [Together]*ScaledCodes
	operands   []int8 // [groups, Together, width]
	thresholds [Together]thresholds
	steps      [Together]*float32
	bases      [Together]*float32
	rest       [Together][CodesBlock]float32 // bases of a last block that is not whole
}

// Begin makes g of queries that have begun with the same codes, each of which has a scale of its own. One may be there more than once.
func (g *CodedGroup) Begin(queries *[Together]*CodedQuery, codes *[Together]*ScaledCodes) {
	g.codes = *codes
	groups, width := codes[0].groups, codes[0].width
	if size := groups * Together * width; len(g.operands) != size {
		g.operands = make([]int8, size)
	}
	for n, q := range queries {
		g.thresholds[n] = q.thresholds
		for group := range groups {
			copy(g.operands[(group*Together+n)*width:], q.values[group*width:(group+1)*width])
		}
	}
}

// Above is CodedQuery.Above for each of the queries: it stops where any of them has a bit, and finds the same
// bits for a block and a floor as each alone. The queries have as many rows.
func (g *CodedGroup) Above(begin int, bases *[Together][]float32, floors *[Together]float32) (at int, above [Together]uint64) {
	rows := len(bases[0])
	for n := range floors {
		g.thresholds[n].floor = floors[n]
		bases[n] = bases[n][:rows]
	}
	whole := rows / CodesBlock
	if whole > 0 {
		for n := range bases {
			g.bases[n] = &bases[n][0]
		}
		left := g.above(begin, whole, &above)
		if at = begin + CodesBlock*(whole-left-1); above != [Together]uint64{} || whole*CodesBlock == rows {
			return at, above
		}
	}
	for n := range bases {
		copy(g.rest[n][:], bases[n][whole*CodesBlock:])
		g.bases[n] = &g.rest[n][0]
	}
	at = begin + whole*CodesBlock
	g.above(at, 1, &above)
	for n := range above {
		above[n] &= 1<<(rows-whole*CodesBlock) - 1
	}
	return at, above
}

func (g *CodedGroup) above(begin, blocks int, above *[Together]uint64) (left int) {
	c := g.codes[0].Codes
	defer runtime.KeepAlive(c)
	block := begin / CodesBlock
	_ = c.codes[(block+blocks)*c.blockBytes()-1]
	for n, scaled := range g.codes {
		_ = scaled.steps[(block+blocks)*CodesBlock-1]
		g.steps[n] = &scaled.steps[begin]
	}
	return codesAboveTogether(&c.codes[block*c.blockBytes()], &g.operands[0], c.groups, blocks, &g.steps, &g.bases, &c.bounds[2*block], &g.thresholds, above, c.width)
}
