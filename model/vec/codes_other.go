//go:build !amd64

package vec

const coded = false

func operandWidth() int { panic("vec: no assembly for this processor") }

func arrange(values []int8, operand []byte, stride int) (offset int32) {
	panic("vec: no assembly for this processor")
}

func codesAbove(codes *uint8, query *byte, quads, blocks int, step, lost, size, scale, base *float32, q *thresholds) (left int, above uint64) {
	panic("vec: no assembly for this processor")
}

func codesAboveTogether(codes *uint8, queries *byte, quads, blocks int, step, lost, size *float32, scales, bases *[Together]*float32, q *[Together]thresholds, above *[Together]uint64) (left int) {
	panic("vec: no assembly for this processor")
}
