//go:build !amd64

package vec

const coded = false

func codesAbove(codes *uint8, query *int8, octets, blocks int, steps, base, bounds *float32, q *thresholds) (left int, above uint64) {
	panic("vec: no assembly for this processor")
}

func codesAboveTogether(codes *uint8, queries *int8, octets, blocks int, steps, bases *[Together]*float32, bounds *float32, q *[Together]thresholds, above *[Together]uint64) (left int) {
	panic("vec: no assembly for this processor")
}
