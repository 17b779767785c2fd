//go:build !amd64

package vec

func firstAboveAVX(values *float32, blocks int, floor float32) (left int, above uint64) {
	panic("vec: no assembly for this processor")
}
