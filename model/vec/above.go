package vec

// FirstAbove looks at values in blocks of 64 until one has some above floor, or there are no more. It returns where
// the last block that it looked at begins, and a bit for each of the block's values, the lowest for the first, that
// says whether it is above.
func FirstAbove(values []float32, floor float32) (at int, above uint64) {
	const block = 64
	if whole := len(values) / block; accelerated && whole > 0 {
		var left int
		left, above = firstAboveAVX(&values[0], whole, floor)
		if at = block * (whole - left - 1); above != 0 || whole*block == len(values) {
			return at, above
		}
		at += block
	}
	for ; ; at += block {
		for i, value := range values[at:min(at+block, len(values))] {
			if value > floor {
				above |= 1 << i
			}
		}
		if above != 0 || at+block >= len(values) {
			return at, above
		}
	}
}
