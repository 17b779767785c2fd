//go:build !amd64

package vec

func firstReachingFMA(base, reaches *float32, blocks int, weight, floor float32) (left int, may uint64) {
	panic("vec: no assembly for this processor")
}
