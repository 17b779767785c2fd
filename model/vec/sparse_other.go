//go:build !amd64

package vec

func axpyRowsAVX(rows *int32, own, alphas *float32, n int, indptr *int64, indices *int32, weights, y *float32) {
	panic("vec: no assembly for this processor")
}

func axpyLongAVX(alpha float32, columns *uint8, values, y *float32, groups int, expansions *[1 << lanes][lanes]int8) {
	panic("vec: no assembly for this processor")
}

func fetchRows(rows *int32, n int, indptr *int64, indices *int32, weights *float32) {
	panic("vec: no assembly for this processor")
}
