//go:build !amd64

package vec

const wide = false

func dots512(query, rows *float32, d, stride, n int, dots *float32) {
	panic("vec: no assembly for this processor")
}

func dot512(query, row *float32, d int) float32 { panic("vec: no assembly for this processor") }

func above512(scale, base, scores *float32, n int, weight, floor float32) uint64 {
	panic("vec: no assembly for this processor")
}

func dots256(query, rows *float32, d, stride, n int, dots *float32) {
	panic("vec: no assembly for this processor")
}

func dotsAt256(query, rows *float32, d, stride int, picks *[8]int32, dots *[8]float32) {
	panic("vec: no assembly for this processor")
}

func fetchAt(rows *float32, stride, lines int, picks *int32, n int) {
	panic("vec: no assembly for this processor")
}
