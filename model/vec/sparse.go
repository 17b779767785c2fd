package vec

// AxpyRows adds to y [n], for each of some rows of a sparse matrix [n, n], one after the other, own to the value of
// the row's own number, and alpha times the row; rows, own and alphas are of equal length. Row i of the matrix lies
// at indptr[i] up to indptr[i+1] of indices and weights. It must be well formed, with indices that are less than n
// and none twice in a row, as must rows be: they are not looked at again. The sums have the same bits whatever the
// instruction set.
func AxpyRows(rows []int32, own, alphas []float32, indptr []int64, indices []int32, weights, y []float32) {
	own, alphas = own[:len(rows)], alphas[:len(rows)]
	if len(rows) == 0 {
		return
	}
	if !accelerated || len(indices) == 0 {
		axpyRowsGo(rows, own, alphas, indptr, indices, weights, y)
		return
	}
	axpyRowsAVX(&rows[0], &own[0], &alphas[0], len(rows), &indptr[0], &indices[0], &weights[0], &y[0])
}

func axpyRowsGo(rows []int32, own, alphas []float32, indptr []int64, indices []int32, weights, y []float32) {
	for n, row := range rows {
		y[row] += own[n]
		begin, end := indptr[row], indptr[row+1]
		columns, values := indices[begin:end], weights[begin:end]
		values = values[:len(columns)]
		for j, column := range columns {
			y[column] += float32(alphas[n] * values[j]) // rounded before it is added: the assembly doesn't fuse either
		}
	}
}

// FirstAbove looks at values in blocks of 64 until one has some above floor, or there are no more. It returns where
// the last block that it looked at begins, and a bit for each of the block's values, the lowest for the first, that
// says whether it is above.
func FirstAbove(values []float32, floor float32) (at int, above uint64) {
	const block = 64
	if whole := len(values) / block; accelerated && whole > 0 {
		var left int
		left, above = firstAboveAVX(&values[0], whole, floor)
		if at = block * (whole - left - 1); above != 0 || whole*block == len(values) {
			return at, above
		}
		at += block
	}
	for ; ; at += block {
		for i, value := range values[at:min(at+block, len(values))] {
			if value > floor {
				above |= 1 << i
			}
		}
		if above != 0 || at+block >= len(values) {
			return at, above
		}
	}
}
