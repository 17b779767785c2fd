package vec

import (
	"fmt"
	"testing"
	"time"
)

// flops runs kernel, which does a number of float32 operations, and reports their
// rate, that of the processor's plainest multiply-add loop, and the share of the
// one in the other. Both are measured in turns of about a millisecond, and the
// fastest of each counts: what else runs on the machine slows many of them down.
func flops(b *testing.B, operations float64, kernel func()) {
	if !accelerated {
		b.Skip("the peak is measured with AVX2 or AVX-512")
	}
	kernel()
	begin := time.Now()
	kernel()
	calls := int(time.Millisecond/max(time.Since(begin), 1)) + 1
	var most, best float64
	for b.Loop() {
		for range 20 {
			const n = 200_000
			begin := time.Now()
			multiplyAdd(256 * n)
			most = max(most, 512*n/time.Since(begin).Seconds())
			begin = time.Now()
			for range calls {
				kernel()
			}
			best = max(best, operations*float64(calls)/time.Since(begin).Seconds())
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(best/1e9, "GFLOP/s")
	b.ReportMetric(most/1e9, "peak-GFLOP/s")
	b.ReportMetric(100*best/most, "%peak")
}

// BenchmarkSyrk counts n·(n+1) operations a gathered row: the lower triangle's.
func BenchmarkSyrk(b *testing.B) {
	for _, n := range []int{64, 128, 256} {
		for _, entries := range []int{64, 512} {
			b.Run(fmt.Sprintf("d=%d/rows=%d", n, entries), func(b *testing.B) {
				factors, indices, weights := observed(2000, n, entries)
				s := NewSymmetric(n)
				flops(b, float64(entries*n*(n+1)), func() {
					s.AddGathered(1, factors, indices, weights)
				})
			})
		}
	}
}

// BenchmarkCholesky counts n³/3 operations, and copies the matrix each time.
func BenchmarkCholesky(b *testing.B) {
	for _, n := range []int{64, 128, 256} {
		b.Run(fmt.Sprintf("d=%d", n), func(b *testing.B) {
			definite, s := NewSymmetric(n), NewSymmetric(n)
			definite.AddRows(1, random(2*n*n, 1))
			flops(b, float64(n*n*n)/3, func() {
				s.Copy(definite)
				if !s.Factor() {
					b.Fatal("the matrix is positive definite")
				}
			})
		})
	}
}

// BenchmarkSolve counts 2·n² operations for the two triangles.
func BenchmarkSolve(b *testing.B) {
	for _, n := range []int{64, 128, 256} {
		b.Run(fmt.Sprintf("d=%d", n), func(b *testing.B) {
			s, x := NewSymmetric(n), random(n, 2)
			s.AddRows(1, random(2*n*n, 1))
			s.Factor()
			flops(b, float64(2*n*n), func() {
				s.Solve(x)
			})
		})
	}
}

// BenchmarkGather counts 4·n operations a gathered row.
func BenchmarkGather(b *testing.B) {
	for _, n := range []int{64, 128, 256} {
		b.Run(fmt.Sprintf("d=%d", n), func(b *testing.B) {
			factors, indices, weights := observed(2000, n, 64)
			form, out, x := NewQuadratic(n), Padded(n), Padded(n)
			flops(b, float64(64*4*n), func() {
				form.Gather(out, x, factors, indices, weights, nil, 1, 1)
			})
		})
	}
}

// BenchmarkTurn counts 2·n² operations a row.
func BenchmarkTurn(b *testing.B) {
	for _, n := range []int{64, 128, 256} {
		b.Run(fmt.Sprintf("d=%d", n), func(b *testing.B) {
			basis, rows := newTestBasis(random(n*n, 1), n, chosen), random(160*n, 2)
			flops(b, float64(160*2*n*n), func() {
				basis.Turn(rows)
			})
		})
	}
}
