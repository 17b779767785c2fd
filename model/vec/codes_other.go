//go:build !amd64

package vec

const coded = false

func codesAbove(codes *uint8, query *int8, groups, blocks int, steps, base, bounds *float32, q *thresholds, width int) (left int, above uint64) {
	panic("vec: no assembly for this processor")
}

func codesAboveTogether(codes *uint8, queries *int8, groups, blocks int, steps, bases *[Together]*float32, bounds *float32, q *[Together]thresholds, above *[Together]uint64, width int) (left int) {
	panic("vec: no assembly for this processor")
}
