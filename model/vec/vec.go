package vec

// Dot returns the inner product of a and b. It panics where b is shorter than a.
func Dot(a, b []float32) float32 {
	b = b[:len(a)]
	if accelerated && len(a) > 0 {
		return dotFMA(&a[0], &b[0], len(a))
	}
	return dotGo(a, b)
}

// Axpy adds alpha times x to y, in place. It panics where y is shorter than x.
func Axpy(alpha float32, x, y []float32) {
	y = y[:len(x)]
	if accelerated && len(x) > 0 {
		axpyFMA(alpha, &x[0], &y[0], len(x))
		return
	}
	axpyGo(alpha, x, y)
}

// dotGo sums in four chains, so that additions needn't wait for each other.
func dotGo(a, b []float32) float32 {
	var s0, s1, s2, s3 float32
	i := 0
	for ; i+4 <= len(a); i += 4 {
		s0 += a[i] * b[i]
		s1 += a[i+1] * b[i+1]
		s2 += a[i+2] * b[i+2]
		s3 += a[i+3] * b[i+3]
	}
	for ; i < len(a); i++ {
		s0 += a[i] * b[i]
	}
	return (s0 + s1) + (s2 + s3)
}

func axpyGo(alpha float32, x, y []float32) {
	for i, v := range x {
		y[i] += alpha * v
	}
}
