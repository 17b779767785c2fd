package vec

// firstAboveAVX is FirstAbove for whole blocks, one or more. It returns how many it hasn't looked at, and the bits of
// the last that it has.
//
//go:noescape
func firstAboveAVX(values *float32, blocks int, floor float32) (left int, above uint64)
