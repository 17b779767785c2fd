package vec

// wide says whether this process scans with 512-bit registers.
var wide = chosen == avx512

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

// dotsAt256 writes to dots the inner products that dots256 gives of the query and eight rows, whose numbers are picks.
//
//go:noescape
func dotsAt256(query, rows *float32, d, stride int, picks *[8]int32, dots *[8]float32)

// fetchAt is FetchAt for n rows and so many lines of each, one or more.
//
//go:noescape
func fetchAt(rows *float32, stride, lines int, picks *int32, n int)
