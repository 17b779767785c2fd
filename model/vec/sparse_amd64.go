package vec

// axpyRowsAVX is Sparse.AxpyRows for one row or more, none of them held whole.
//
//go:noescape
func axpyRowsAVX(rows *int32, own, alphas *float32, n int, indptr *int64, indices *int32, weights, y *float32)

// axpyRoundedAVX is axpyRounded for n values, a positive multiple of 8.
//
//go:noescape
func axpyRoundedAVX(alpha float32, x, y *float32, n int)

// fetchRows is Sparse.Fetch for n rows, one or more.
//
//go:noescape
func fetchRows(rows *int32, n int, indptr *int64, indices *int32, weights *float32)
