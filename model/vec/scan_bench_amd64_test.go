package vec

import (
	"fmt"
	"slices"
	"testing"
	"time"
	"unsafe"

	"github.com/daybreak-ml/daybreak/model/vec/peak"
)

// BenchmarkScan measures the scan of a catalogue for one query, and of its codes for one and for four at once, beside a loop
// that only reads the same memory and one that only multiplies and adds, in turns within one run.
// Of each the fastest counts, which is the one that other programs disturbed least. "of-peak" is the
// share of what is possible: the time that reading alone or multiplying and adding alone takes,
// whichever is longer, of the time that the scan takes; "of-reading" and "of-arithmetic" are the share of each.
func BenchmarkScan(b *testing.B) {
	if !coded {
		b.Skip("it takes AVX2")
	}
	for _, size := range []struct{ items, d int }{
		{1000, 64}, {10_000, 64}, {100_000, 64}, {1_000_000, 64}, {10_000, 128}, {100_000, 128}, {10_000, 256}, {100_000, 256},
	} {
		rows := random(size.items*size.d, 1)
		wanted := random(size.d, 2)
		const block = 64
		dots := make([]float32, block)
		one := func() {
			for i := 0; i < size.items; i += block {
				Dots(wanted, rows[i*size.d:], dots[:min(block, size.items-i)])
			}
		}
		codes := NewCodes(rows, size.d).Scaled(slices.Repeat([]float32{1}, size.items))
		base := random(size.items, 6)
		var query CodedQuery
		coded := func() {
			codes.Begin(&query, wanted, 1)
			query.Above(codes, 0, base, 1e9)
		}
		var bases [Together][]float32
		var queries [Together]*CodedQuery
		for n := range queries {
			bases[n], queries[n] = random(size.items, 8), new(CodedQuery)
		}
		var group CodedGroup
		together := func() {
			for _, q := range queries {
				codes.Begin(q, wanted, 1)
			}
			group.Begin(&queries, &[Together]*ScaledCodes{codes, codes, codes, codes})
			group.Above(0, &bases, &[Together]float32{1e9, 1e9, 1e9, 1e9})
		}
		inCodes := unsafe.Slice((*float32)(unsafe.Pointer(&codes.codes[0])), len(codes.codes)/4)
		for name, c := range map[string]struct {
			scan     func()
			memory   [][]float32 // that it reads
			multiply func()      // as many numbers
			queries  int
		}{
			"one":            {one, [][]float32{rows}, func() { multiplyAdd(len(rows)) }, 1},
			"codes":          {coded, [][]float32{inCodes, codes.steps, codes.bounds, base}, func() { multiplyAddBytes(len(rows)) }, 1},
			"codes-together": {together, [][]float32{inCodes, codes.steps, codes.bounds, bases[0], bases[1], bases[2], bases[3]}, func() { multiplyAddBytes(Together * len(rows)) }, Together},
		} {
			b.Run(fmt.Sprintf("%dx%d/%s", size.items, size.d, name), func(b *testing.B) {
				scan, read, multiply := time.Hour, time.Hour, time.Hour
				bytes := 0
				for _, piece := range c.memory {
					bytes += 4 * len(piece)
				}
				for b.Loop() {
					scan = min(scan, took(c.scan))
					read = min(read, took(func() {
						for _, piece := range c.memory {
							readAll(&piece[0], 4*len(piece)&^511)
						}
					}))
					multiply = min(multiply, took(c.multiply))
				}
				b.ReportMetric(0, "ns/op") // of all three together
				b.ReportMetric(float64(scan.Nanoseconds())/1e3/float64(c.queries), "µs/query")
				b.ReportMetric(float64(bytes)/scan.Seconds()/1e9, "GB/s")
				b.ReportMetric(max(read, multiply).Seconds()/scan.Seconds(), "of-peak")
				b.ReportMetric(read.Seconds()/scan.Seconds(), "of-reading")
				b.ReportMetric(multiply.Seconds()/scan.Seconds(), "of-arithmetic")
			})
		}
	}
}

// readAll reads n bytes, a multiple of 512, with the widest registers that scans use.
func readAll(p *float32, n int) {
	if wide {
		peak.Read512(p, n)
	} else {
		peak.Read256(p, n)
	}
}

// multiplyAdd multiplies and adds as many numbers.
func multiplyAdd(n int) {
	if wide {
		peak.MultiplyAdd512(max(1, n/256))
	} else {
		peak.MultiplyAdd256(max(1, n/64))
	}
}

// multiplyAddBytes multiplies and adds as many bytes.
func multiplyAddBytes(n int) {
	peak.MultiplyAddBytes256(max(1, n/256))
}

func took(do func()) time.Duration {
	began := time.Now()
	do()
	return time.Since(began)
}
