package vec

import "math"

// What the assembly does, in Go: for other processors, and to test it against.

func tileAddGo(c *tile, a, b []float32, k int, sign float32) {
	for i := range k {
		left, right := (*[side]float32)(a[i*side:]), (*[side]float32)(b[i*side:])
		for r := range side {
			scale := sign * left[r]
			row := (*[side]float32)(c[r*side:])
			for j := range row {
				row[j] += scale * right[j]
			}
		}
	}
}

func tileFactorGo(c *tile) {
	for r := range side {
		current := (*[side]float32)(c[r*side:])
		scale := float32(1 / math.Sqrt(float64(current[r])))
		for j := r + 1; j < side; j++ {
			current[j] *= scale
		}
		current[r] = scale
		for s := r + 1; s < side; s++ {
			other := (*[side]float32)(c[s*side:])
			for j := s; j < side; j++ {
				other[j] -= current[s] * current[j]
			}
		}
	}
}

func tileSolveGo(u, c *tile) {
	for r := range side {
		current := (*[side]float32)(c[r*side:])
		for j := range current {
			current[j] *= u[r*side+r]
		}
		for s := r + 1; s < side; s++ {
			other, factor := (*[side]float32)(c[s*side:]), u[r*side+s]
			for j := range other {
				other[j] -= factor * current[j]
			}
		}
	}
}

func stripSubtractGo(y, x, panel []float32, stride, panels int) {
	for p := range panels {
		out := (*[side]float32)(y[p*side:])
		for r := range side {
			row := (*[side]float32)(panel[p*stride+r*side:])
			for j := range out {
				out[j] -= x[r] * row[j]
			}
		}
	}
}

func stripDotsGo(dots *[side]float32, x, panel []float32, stride, panels int) {
	clear(dots[:])
	for p := range panels {
		right := (*[side]float32)(x[p*side:])
		for r := range side {
			row := (*[side]float32)(panel[p*stride+r*side:])
			for j := range row {
				dots[r] += row[j] * right[j]
			}
		}
	}
}

func packGo(panels, row []float32, scale float32, stride int) {
	for begin := 0; begin < len(row); begin += side {
		panel := (*[side]float32)(panels[begin/side*stride:])
		clear(panel[:])
		for i, v := range row[begin:min(begin+side, len(row))] {
			panel[i] = scale * v
		}
	}
}

func negativeProductGo(out, a, b []float32) {
	for i := range out {
		out[i] = -a[i] * b[i]
	}
}

func directionGo(d, z []float32, beta float32) {
	for i := range d {
		d[i] = z[i] + beta*d[i]
	}
}

func advanceGo(x, r, z, d, q, inverse []float32, alpha float32) float32 {
	for i := range x {
		x[i] += alpha * d[i]
		r[i] += alpha * q[i]
		z[i] = inverse[i] * r[i]
	}
	return dotGo(r, z)
}

func gatherGo(out, x, factors []float32, indices []int32, weights []float32, rank int, confidence, bias float32) (misses float32) {
	for i, index := range indices {
		row := factors[int(index)*rank : (int(index)+1)*rank]
		miss := bias - dotGo(row, x)
		axpyGo(confidence*weights[i]*miss, row, out)
		misses += confidence * weights[i] * miss * miss
	}
	return misses
}

func updateRowGo(a, v, w, next []float64, vi, wi float64) (dot float64) {
	for i := range a {
		a[i] -= vi*w[i] + wi*v[i]
		dot += a[i] * next[i]
	}
	return dot
}

func reflectGo(rows, v []float64) {
	var sum [side]float64
	for i, value := range v {
		row := (*[side]float64)(rows[i*side:])
		for c := range sum {
			sum[c] += value * row[c]
		}
	}
	for i, value := range v {
		row := (*[side]float64)(rows[i*side:])
		for c := range sum {
			row[c] -= value * sum[c]
		}
	}
}

func sweepGo(rows []float64, turns []Turn) {
	for i := len(turns) - 1; i >= 0; i-- {
		a, b := (*[side]float64)(rows[i*side:]), (*[side]float64)(rows[(i+1)*side:])
		cosine, sine := turns[i].Cosine, turns[i].Sine
		for c := range a {
			a[c], b[c] = cosine*a[c]-sine*b[c], sine*a[c]+cosine*b[c]
		}
	}
}
