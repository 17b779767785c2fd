package vec

// firstReachingFMA is firstReaching for whole blocks, one or more. It returns how many it hasn't looked at, and the bits of
// the last that it has.
//
//go:noescape
func firstReachingFMA(base, reaches *float32, blocks int, weight, floor float32) (left int, may uint64)
