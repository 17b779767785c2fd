//go:build !amd64

package vec

// paths are those that this processor has, the fastest last.
func paths() []path { return []path{portable} }

func follow() {}

func (path) tileAdd(c *tile, a, b []float32, k int) { tileAddGo(c, a, b, k, 1) }

func (path) tileSubtract(c *tile, a, b []float32, k int) { tileAddGo(c, a, b, k, -1) }

func (path) tileSubtractUpper(c *tile, a, b []float32, k int) { tileAddGo(c, a, b, k, -1) }

func (path) tileFactor(c *tile) { tileFactorGo(c) }

func (path) tileSolve(u, c *tile) { tileSolveGo(u, c) }

func (path) stripSubtract(y, x, panel []float32, stride, panels int) {
	stripSubtractGo(y, x, panel, stride, panels)
}

func (path) stripDots(dots *[16]float32, x, panel []float32, stride, panels int) {
	stripDotsGo(dots, x, panel, stride, panels)
}

func (path) pack(panels, row []float32, scale float32, stride int, _ *tailMask) {
	packGo(panels, row, scale, stride)
}

func (path) dot(a, b []float32) float32 { return dotGo(a, b) }

func (path) negativeProduct(out, a, b []float32) { negativeProductGo(out, a, b) }

func (path) direction(d, z []float32, beta float32) { directionGo(d, z, beta) }

func (path) advance(x, r, z, d, q, inverse []float32, alpha float32) float32 {
	return advanceGo(x, r, z, d, q, inverse, alpha)
}

func (path) gather(out, x, factors []float32, indices []int32, weights []float32, _ []int32, rank int, _ *tailMask, confidence, bias float32) float32 {
	return gatherGo(out, x, factors, indices, weights, rank, confidence, bias)
}

func (path) updateRow(a, v, w, next []float64, vi, wi float64) float64 {
	return updateRowGo(a, v, w, next, vi, wi)
}

func (path) reflect(rows, v []float64) { reflectGo(rows, v) }

func (path) sweep(rows []float64, turns []Turn) { sweepGo(rows, turns) }
