package vec

import "math"

// reaches returns what a query of length 1 adds to the score of each row at most, with these scales [rows]: |scale| · ‖row‖, and
// what float32 may round away.
func (c *Codes) reaches(scale []float32) []float32 {
	reaches := make([]float32, c.rows)
	for i, s := range scale[:c.rows] {
		reaches[i] = up(math.Abs(float64(s)) * float64(c.length[i]))
	}
	return reaches
}

// InReach looks at rows in blocks of CodesBlock until one has rows for which base + weight · scale · ⟨query, row⟩ may exceed
// floor by their lengths alone (Cauchy and Schwarz), or there are no more. It returns where the last block that it looked at
// begins, and a bit for each of its rows: every row for which it does has its bit set. reaches are those of ScaledCodes of the rows.
func (q *CodedQuery) InReach(base, reaches []float32, floor float32) (at int, may uint64) {
	return firstReaching(base, reaches, q.thresholds.lost, floor)
}

// firstReaching is FirstAbove for base + weight · reaches, which need only be floor, or no number.
func firstReaching(base, reaches []float32, weight, floor float32) (at int, may uint64) {
	const block = 64
	reaches = reaches[:len(base)]
	if whole := len(base) / block; accelerated && whole > 0 {
		var left int
		left, may = firstReachingFMA(&base[0], &reaches[0], whole, weight, floor)
		if at = block * (whole - left - 1); may != 0 || whole*block == len(base) {
			return at, may
		}
		at += block
	}
	for ; ; at += block {
		for i, value := range base[at:min(at+block, len(base))] {
			if !(value+weight*reaches[at+i] < floor) {
				may |= 1 << i
			}
		}
		if may != 0 || at+block >= len(base) {
			return at, may
		}
	}
}
