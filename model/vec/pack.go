package vec

import "math"

// packed is how many rows are packed before they are multiplied: a panel of them
// and the one it is multiplied with fill half of the first cache.
const packed = 128

// apart is how many values lie between two panels beside their own: a line of the
// cache, so that equal rows of the panels don't compete for the same places of it.
const apart = side

// packedStride is how many values lie between two panels of packed rows.
const packedStride = packed*side + apart

// A packer lays rows [n] out as their outer products are made of.
type packer struct {
	path  path
	n     int
	tiles int       // along a side of an outer product
	rows  []float32 // packed, by panel: [packed, 16] and what keeps panels apart
	mask  *tailMask
}

func newPacker(n int, p path) packer {
	tiles := (n + side - 1) / side
	return packer{path: p, n: n, tiles: tiles, rows: make([]float32, tiles*packedStride), mask: newTailMask(n)}
}

// pack makes a row, multiplied with the root of scale, packed row k.
func (p *packer) pack(k int, row []float32, scale float32) {
	p.path.pack(p.rows[k*side:], row, float32(math.Sqrt(float64(scale))), packedStride, p.mask)
}

// packRows packs the rows of factors [, n], multiplied with the root of scale, and
// calls add with how many there are whenever no more fit or are left.
func (p *packer) packRows(scale float32, factors []float32, add func(count int)) {
	for rows := len(factors) / p.n; rows > 0; rows = len(factors) / p.n {
		count := min(rows, packed)
		for k := range count {
			p.pack(k, factors[k*p.n:(k+1)*p.n], scale)
		}
		add(count)
		factors = factors[count*p.n:]
	}
}
