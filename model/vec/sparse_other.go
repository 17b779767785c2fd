//go:build !amd64

package vec

func axpyRowsAVX(rows *int32, own, alphas *float32, n int, indptr *int64, indices *int32, weights, y *float32) {
	panic("vec: no assembly for this processor")
}

func firstAboveAVX(values *float32, blocks int, floor float32) (left int, above uint64) {
	panic("vec: no assembly for this processor")
}
