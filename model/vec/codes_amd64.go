package vec

// coded says whether this process scans codes.
var coded = accelerated

// codesAbove is CodedQuery.Above for blocks of 64 rows, one or more, whose codes lie at codes, and a query [groups, width].
// It returns how many blocks it hasn't looked at, and the bits of the last that it has.
//
//go:noescape
func codesAbove(codes *uint8, query *int8, groups, blocks int, steps, base, bounds *float32, q *thresholds, width int) (left int, above uint64)

// codesAboveTogether is codesAbove for four queries, interleaved at queries [groups, 4, width]. It writes the
// bits of the last block that it has looked at, at which one or more of the queries have some.
//
//go:noescape
func codesAboveTogether(codes *uint8, queries *int8, groups, blocks int, steps, bases *[4]*float32, bounds *float32, q *[4]thresholds, above *[4]uint64, width int) (left int)
