package vec

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

// paths are those that this processor has, the fastest last.
func paths() []path {
	available := []path{portable}
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		available = append(available, avx2)
		if cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512VL {
			available = append(available, avx512)
		}
	}
	return available
}

// follow makes the other choices as the chosen path has them.
func follow() {
	accelerated = chosen != portable
	wide = chosen == avx512
	coded = accelerated
	scan = newScanner()
}

// tileAdd adds aᵀ·b to the tile c, where a and b are [k, 16].
func (p path) tileAdd(c *tile, a, b []float32, k int) {
	if k == 0 {
		return
	}
	switch p {
	case avx512:
		tileAddAVX512(&c[0], &a[0], &b[0], k)
	case avx2:
		tileAddAVX2(&c[0], &a[0], &b[0], k)
	default:
		tileAddGo(c, a, b, k, 1)
	}
}

// tileSubtract subtracts aᵀ·b from the tile c.
func (p path) tileSubtract(c *tile, a, b []float32, k int) {
	if k == 0 {
		return
	}
	switch p {
	case avx512:
		tileSubtractAVX512(&c[0], &a[0], &b[0], k)
	case avx2:
		tileSubtractAVX2(&c[0], &a[0], &b[0], k)
	default:
		tileAddGo(c, a, b, k, -1)
	}
}

// tileSubtractUpper is tileSubtract for a tile on the diagonal, of which what lies below has no meaning.
func (p path) tileSubtractUpper(c *tile, a, b []float32, k int) {
	if p == avx2 && k > 0 {
		tileSubtractUpperAVX2(&c[0], &a[0], &b[0], k)
		return
	}
	p.tileSubtract(c, a, b, k)
}

// tileFactor factors the upper triangle of c into Uᵀ·U, with the reciprocals of
// the diagonal on the diagonal: one that isn't finite and positive says that c is
// not positive definite. What lies below has no meaning.
func (p path) tileFactor(c *tile) {
	switch p {
	case avx512:
		tileFactorAVX512(&c[0])
	case avx2:
		tileFactorAVX2(&c[0])
	default:
		tileFactorGo(c)
	}
}

// tileSolve overwrites c with U⁻ᵀ·C, where u is what tileFactor left.
func (p path) tileSolve(u, c *tile) {
	switch p {
	case avx512:
		tileSolveAVX512(&u[0], &c[0])
	case avx2:
		tileSolveAVX2(&u[0], &c[0])
	default:
		tileSolveGo(u, c)
	}
}

// stripSubtract subtracts xᵀ·tile from sixteen values of y for each of a number
// of tiles, the first at panel, the others stride values apart.
func (p path) stripSubtract(y, x, panel []float32, stride, panels int) {
	if panels == 0 {
		return
	}
	switch p {
	case avx512:
		stripSubtractAVX512(&y[0], &x[0], &panel[0], stride, panels)
	case avx2:
		stripSubtractAVX2(&y[0], &x[0], &panel[0], stride, panels)
	default:
		stripSubtractGo(y, x, panel, stride, panels)
	}
}

// stripDots writes to dots what each of the sixteen rows of a number of tiles, as
// in stripSubtract, gives with x in an inner product.
func (p path) stripDots(dots *[16]float32, x, panel []float32, stride, panels int) {
	if panels == 0 {
		clear(dots[:])
		return
	}
	switch p {
	case avx512:
		stripDotsAVX512(&dots[0], &x[0], &panel[0], stride, panels)
	case avx2:
		stripDotsAVX2(&dots[0], &x[0], &panel[0], stride, panels)
	default:
		stripDotsGo(dots, x, panel, stride, panels)
	}
}

// pack writes a row, multiplied with scale, sixteen values to a panel, zeros
// behind the last.
func (p path) pack(panels, row []float32, scale float32, stride int, mask *tailMask) {
	switch p {
	case avx512:
		packAVX512(&panels[0], &row[0], scale, stride, len(row)/side, mask.pointer())
	case avx2:
		packAVX2(&panels[0], &row[0], scale, stride, len(row)/side, mask.pointer())
	default:
		packGo(panels, row, scale, stride)
	}
}

func (p path) dot(a, b []float32) float32 {
	switch p {
	case avx512:
		return dotLanesAVX512(&a[0], &b[0], len(a))
	case avx2:
		return dotLanesAVX2(&a[0], &b[0], len(a))
	default:
		return dotGo(a, b)
	}
}

func (p path) negativeProduct(out, a, b []float32) {
	switch p {
	case avx512:
		negativeProductAVX512(&out[0], &a[0], &b[0], len(out))
	case avx2:
		negativeProductAVX2(&out[0], &a[0], &b[0], len(out))
	default:
		negativeProductGo(out, a, b)
	}
}

func (p path) direction(d, z []float32, beta float32) {
	switch p {
	case avx512:
		directionAVX512(&d[0], &z[0], beta, len(d))
	case avx2:
		directionAVX2(&d[0], &z[0], beta, len(d))
	default:
		directionGo(d, z, beta)
	}
}

func (p path) advance(x, r, z, d, q, inverse []float32, alpha float32) float32 {
	switch p {
	case avx512:
		return advanceAVX512(&x[0], &r[0], &z[0], &d[0], &q[0], &inverse[0], alpha, len(x))
	case avx2:
		return advanceAVX2(&x[0], &r[0], &z[0], &d[0], &q[0], &inverse[0], alpha, len(x))
	default:
		return advanceGo(x, r, z, d, q, inverse, alpha)
	}
}

// gather adds confidence·weights[i]·(bias − ⟨q,x⟩)·q to out for each row q of
// factors that indices name, and returns the sum of confidence·weights[i]·(bias −
// ⟨q,x⟩)²; their number is a multiple of four. Meanwhile it has the rows that ahead
// names fetched: at most as many, and whole eights of them.
func (p path) gather(out, x, factors []float32, indices []int32, weights []float32, ahead []int32, rank int, mask *tailMask, confidence, bias float32) float32 {
	if len(indices) == 0 {
		return 0
	}
	eights := min(len(ahead), len(indices)) / 8
	switch p {
	case avx512:
		return gatherAVX512(&out[0], &x[0], &factors[0], &indices[0], &weights[0], unsafe.SliceData(ahead), eights, len(indices)/4, rank, mask.pointer(), confidence, bias)
	case avx2:
		return gatherAVX2(&out[0], &x[0], &factors[0], &indices[0], &weights[0], unsafe.SliceData(ahead), eights, len(indices)/4, rank, mask.pointer(), confidence, bias)
	default:
		return gatherGo(out, x, factors, indices, weights, rank, confidence, bias)
	}
}

// updateRow subtracts vi·w + wi·v from a, and returns a's inner product with next;
// all have the same length, a multiple of sixteen.
func (p path) updateRow(a, v, w, next []float64, vi, wi float64) float64 {
	switch p {
	case avx512:
		return updateRowAVX512(&a[0], &v[0], &w[0], &next[0], vi, wi, len(a))
	case avx2:
		return updateRowAVX2(&a[0], &v[0], &w[0], &next[0], vi, wi, len(a))
	default:
		return updateRowGo(a, v, w, next, vi, wi)
	}
}

// reflect subtracts v·(vᵀ·rows) from rows [len(v), 16].
func (p path) reflect(rows, v []float64) {
	if len(v) == 0 {
		return
	}
	switch p {
	case avx512:
		reflectAVX512(&rows[0], &v[0], len(v))
	case avx2:
		reflectAVX2(&rows[0], &v[0], len(v))
	default:
		reflectGo(rows, v)
	}
}

// sweep turns each two neighbours of rows [len(turns)+1, 16], the last two first:
// row i becomes cosine·row − sine·next, the next one sine·row + cosine·next.
func (p path) sweep(rows []float64, turns []Turn) {
	if len(turns) == 0 {
		return
	}
	switch p {
	case avx512:
		sweepAVX512(&rows[len(turns)*side], &turns[0].Cosine, len(turns))
	case avx2:
		sweepAVX2(&rows[len(turns)*side], &turns[0].Cosine, len(turns))
	default:
		sweepGo(rows, turns)
	}
}
