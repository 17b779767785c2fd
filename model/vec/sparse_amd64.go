package vec

// axpyRowsAVX is Sparse.AxpyRows for n rows, one or more, none of them long.
//
//go:noescape
func axpyRowsAVX(rows *int32, own, alphas *float32, n int, indptr *int64, indices *int32, weights, y *float32)

// axpyLongAVX adds alpha times those values whose columns are set, in their order, to y [groups, 8]. It reads eight values on
// from each eight columns' first.
//
//go:noescape
func axpyLongAVX(alpha float32, columns *uint8, values, y *float32, groups int, expansions *[1 << lanes][lanes]int8)

// fetchRows is Sparse.Fetch for n rows, one or more.
//
//go:noescape
func fetchRows(rows *int32, n int, indptr *int64, indices *int32, weights *float32)
