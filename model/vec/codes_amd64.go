package vec

import (
	"encoding/binary"

	"golang.org/x/sys/cpu"
)

// coded says whether this process scans codes.
var coded = accelerated

// neural says whether it does so with AVX-512's instructions for neural networks rather than with AVX2's.
var neural = wide && cpu.X86.HasAVX512VNNI

// operandWidth is how many bytes of a query a kernel multiplies four codes of a row with.
func operandWidth() int {
	if neural {
		return 4
	}
	return 8
}

// arrange writes the codes [quads, 4] of a query to operand as the kernels want them, operandWidth bytes for four
// codes, stride bytes after those before. It returns the offset that makes up for it: AVX-512 takes codes as they
// are, and what 128 in each of a row's codes adds is subtracted from a sum. AVX2 takes magnitudes, then what turns
// the bits of a row's codes so that they are signed as the query's are; its sums begin with the offset.
func arrange(values []int8, operand []byte, stride int) (offset int32) {
	if neural {
		for quad := range len(values) / 4 {
			binary.LittleEndian.PutUint32(operand[quad*stride:], four(values, quad))
		}
		for _, value := range values {
			offset += 128 * int32(value)
		}
		return offset
	}
	const lowest = 0x01010101 // bit of each byte
	for quad := range len(values) / 4 {
		codes := four(values, quad)
		negative := codes >> 7 & lowest * 0xff
		magnitudes := (codes ^ negative) + negative&lowest // −127 becomes 127: no byte overflows
		binary.LittleEndian.PutUint32(operand[quad*stride:], magnitudes)
		binary.LittleEndian.PutUint32(operand[quad*stride+4:], negative^0x80808080)
		magnitudes &= negative
		pairs := magnitudes&0xff00ff + magnitudes>>8&0xff00ff
		offset += int32(pairs&0xffff + pairs>>16)
	}
	return offset
}

// codesAbove is CodedQuery.Above for blocks of 64 rows, one or more, whose codes lie at codes, and a query as
// arrange has written it. It returns how many blocks it hasn't looked at, and the bits of the last that it has.
func codesAbove(codes *uint8, query *byte, quads, blocks int, step, lost, size, scale, base *float32, q *thresholds) (left int, above uint64) {
	if neural {
		return codesAbove512(codes, query, quads, blocks, step, lost, size, scale, base, q)
	}
	return codesAboveAVX2(codes, query, quads, blocks, step, lost, size, scale, base, q)
}

// codesAboveTogether is codesAbove for four queries, interleaved at queries [quads, 4, operandWidth]. It writes the
// bits of the last block that it has looked at, at which one or more of the queries have some.
func codesAboveTogether(codes *uint8, queries *byte, quads, blocks int, step, lost, size *float32, scales, bases *[Together]*float32, q *[Together]thresholds, above *[Together]uint64) (left int) {
	if neural {
		return codesAbove4(codes, queries, quads, blocks, step, lost, size, scales, bases, q, above)
	}
	return codesAbove4AVX2(codes, queries, quads, blocks, step, lost, size, scales, bases, q, above)
}

//go:noescape
func codesAbove512(codes *uint8, query *byte, quads, blocks int, step, lost, size, scale, base *float32, q *thresholds) (left int, above uint64)

//go:noescape
func codesAbove4(codes *uint8, queries *byte, quads, blocks int, step, lost, size *float32, scales, bases *[4]*float32, q *[4]thresholds, above *[4]uint64) (left int)

//go:noescape
func codesAboveAVX2(codes *uint8, query *byte, quads, blocks int, step, lost, size, scale, base *float32, q *thresholds) (left int, above uint64)

//go:noescape
func codesAbove4AVX2(codes *uint8, queries *byte, quads, blocks int, step, lost, size *float32, scales, bases *[4]*float32, q *[4]thresholds, above *[4]uint64) (left int)
