//go:build !amd64

package vec

const (
	wide  = false
	coded = false
)

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

func codesAbove512(codes *uint8, query *int8, quads, blocks int, step, lost, size, scale, base *float32, q *thresholds) (left int, above uint64) {
	panic("vec: no assembly for this processor")
}

func codesAbove4(codes *uint8, queries *int8, quads, blocks int, step, lost, size *float32, scales, bases *[4]*float32, q *[4]thresholds, above *[4]uint64) (left int) {
	panic("vec: no assembly for this processor")
}
