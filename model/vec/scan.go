package vec

import "unsafe"

// A scanner computes inner products of queries with many rows. There is one for
// each instruction set; a row's inner product has the same bits whatever other
// rows and queries it is computed with.
type scanner struct {
	name   string
	dots   func(query, rows, dots []float32)
	dotsAt func(query, rows []float32, picks []int32, dots []float32)
}

// scan is the scanner of this processor.
var scan = newScanner()

func newScanner() scanner {
	switch {
	case wide:
		return scanner{"avx512", dotsWide, dotsAtWide}
	case accelerated:
		return scanner{"avx2", dotsNarrow, dotsAtNarrow}
	}
	return scanner{"go", dotsGo, dotsAtGo}
}

// Dots writes to dots [n] the inner products of the query [d] and rows [n, d].
// It panics where rows are fewer.
func Dots(query, rows, dots []float32) {
	rows = rows[:len(dots)*len(query)]
	if len(rows) == 0 {
		clear(dots)
		return
	}
	scan.dots(query, rows, dots)
}

// DotsAt writes to dots [n] the inner products of the query [d] and those of rows [m, d] whose numbers are picks [n],
// with the bits that Dots gives them. It panics where dots are fewer than picks, or a number isn't less than m.
func DotsAt(query, rows []float32, picks []int32, dots []float32) {
	dots = dots[:len(picks)]
	d := len(query)
	if d == 0 {
		clear(dots)
		return
	}
	for _, pick := range picks {
		_ = rows[int(pick)*d : (int(pick)+1)*d]
	}
	scan.dotsAt(query, rows, picks, dots)
}

// FetchAt has those rows [m, d] whose numbers are picks fetched into the nearest cache, of a longer one the beginning, for who
// reads them next. It doesn't look at whether there are as many.
func FetchAt(rows []float32, d int, picks []int32) {
	const most = 16 // lines of a row: the cache has 512 and more, and others are in use
	if accelerated && len(picks) > 0 && len(rows) > 0 {
		fetchAt(&rows[0], 4*d, min((4*d+63)/64, most), &picks[0], len(picks))
	}
}

// Above replaces each of scores, at most 64, by base + weight · scale · score, and
// returns a bit for each, the lowest for the first, that says whether the result
// is above floor (or no number). A nil scale is ones. It panics where base or
// scale is shorter than scores.
func Above(weight float32, scale, base, scores []float32, floor float32) (above uint64) {
	base = base[:len(scores)]
	if scale != nil {
		scale = scale[:len(scores)]
	}
	if wide {
		return aboveWide(weight, scale, base, scores, floor)
	}
	for i := range scores {
		if scale != nil {
			scores[i] *= scale[i]
		}
		scores[i] = base[i] + weight*scores[i]
		if !(scores[i] <= floor) {
			above |= 1 << i
		}
	}
	return above
}

// aboveWide looks at what is left over after whole registers in a register of its
// own, so that a score has the same bits wherever it stands.
func aboveWide(weight float32, scale, base, scores []float32, floor float32) (above uint64) {
	const block = 16
	n := len(scores)
	whole := n &^ (block - 1)
	if whole > 0 {
		above = above512(unsafe.SliceData(scale), &base[0], &scores[0], whole, weight, floor)
	}
	if whole == n {
		return above
	}
	var scales, bases, rest [block]float32
	copy(bases[:], base[whole:])
	copy(rest[:], scores[whole:])
	var factor *float32
	if scale != nil {
		copy(scales[:], scale[whole:])
		factor = &scales[0]
	}
	last := above512(factor, &bases[0], &rest[0], block, weight, floor) & (1<<(n-whole) - 1)
	copy(scores[whole:], rest[:])
	return above | last<<whole
}

func dotsGo(query, rows, dots []float32) {
	d := len(query)
	for i := range dots {
		dots[i] = dotGo(query, rows[i*d:(i+1)*d])
	}
}

func dotsAtGo(query, rows []float32, picks []int32, dots []float32) {
	d := len(query)
	for i, pick := range picks {
		dots[i] = dotGo(query, rows[int(pick)*d:(int(pick)+1)*d])
	}
}

// dotsWide scans whole blocks of rows, and those left over one by one.
func dotsWide(query, rows, dots []float32) {
	const block = 16
	d, whole := len(query), len(dots)&^(block-1)
	if whole > 0 {
		dots512(&query[0], &rows[0], d, 4*d, whole, &dots[0])
	}
	for i := whole; i < len(dots); i++ {
		dots[i] = dot512(&query[0], &rows[i*d], d)
	}
}

// dotsNarrow is dotsWide with shorter registers; each row that is left over is
// scanned as a block that repeats it, which gives the same bits. What is left of a
// row after whole registers is added by itself.
func dotsNarrow(query, rows, dots []float32) {
	const block = 8
	d, whole := len(query), len(dots)&^(block-1)
	even := d &^ (block - 1)
	if whole > 0 {
		dots256(&query[0], &rows[0], even, 4*d, whole, &dots[0])
	}
	var repeated [block]float32
	for i := whole; i < len(dots); i++ {
		dots256(&query[0], &rows[i*d], even, 0, block, &repeated[0])
		dots[i] = repeated[0]
	}
	if even < d {
		for i := range dots {
			dots[i] += dotGo(query[even:], rows[i*d+even:(i+1)*d])
		}
	}
}

func dotsAtWide(query, rows []float32, picks []int32, dots []float32) {
	d := len(query)
	for i, pick := range picks {
		dots[i] = dot512(&query[0], &rows[int(pick)*d], d)
	}
}

// dotsAtNarrow is dotsNarrow for rows that lie anywhere. Fewer than eight are filled up with the first of them.
func dotsAtNarrow(query, rows []float32, picks []int32, dots []float32) {
	const block = 8
	d := len(query)
	even := d &^ (block - 1)
	for begin := 0; begin < len(picks); begin += block {
		var eight [block]int32
		var sums [block]float32
		for i := copy(eight[:], picks[begin:]); i < block; i++ {
			eight[i] = eight[0]
		}
		dotsAt256(&query[0], &rows[0], even, 4*d, &eight, &sums)
		copy(dots[begin:], sums[:])
	}
	if even < d {
		for i, pick := range picks {
			dots[i] += dotGo(query[even:], rows[int(pick)*d+even:(int(pick)+1)*d])
		}
	}
}
