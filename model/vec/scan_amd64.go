package vec

import "golang.org/x/sys/cpu"

// wide says whether this process scans with 512-bit registers.
var wide = chosen == avx512

// coded says whether this process scans codes, too, for which the processor must
// have the instructions for neural networks.
var coded = wide && cpu.X86.HasAVX512VNNI

// dots512 writes to dots the inner products of the query and n rows, a positive
// multiple of 16, each d long and stride bytes after the one before.
//
//go:noescape
func dots512(query, rows *float32, d, stride, n int, dots *float32)

// dot512 returns the inner product that dots512 gives of the query and one row.
//
//go:noescape
func dot512(query, row *float32, d int) float32

// above512 is Above for n of at most 64, a positive multiple of 16. scale is nil
// for ones.
//
//go:noescape
func above512(scale, base, scores *float32, n int, weight, floor float32) uint64

// dots256 is dots512 for n that is a multiple of 8, and d, too.
//
//go:noescape
func dots256(query, rows *float32, d, stride, n int, dots *float32)

// codesAbove512 is CodedQuery.Above for blocks of 64 rows, one or more, whose codes lie at codes. It returns
// how many blocks it hasn't looked at, and the bits of the last that it has.
//
//go:noescape
func codesAbove512(codes *uint8, query *int8, quads, blocks int, step, lost, size, scale, base *float32, q *thresholds) (left int, above uint64)

// codesAbove4 is codesAbove512 for four queries, whose codes lie interleaved at queries [quads, 4, 4]. It
// writes the bits of the last block that it has looked at, at which one or more of the queries have some.
//
//go:noescape
func codesAbove4(codes *uint8, queries *int8, quads, blocks int, step, lost, size *float32, scales, bases *[4]*float32, q *[4]thresholds, above *[4]uint64) (left int)
