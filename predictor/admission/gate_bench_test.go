package admission_test

import (
	"runtime"
	"sync"
	"testing"

	"github.com/daybreak-ml/daybreak/predictor/admission"
)

// pass takes a request through a gate, with others' jobs if any wait.
func pass(gate *admission.Gate[*int], asks *client, job *int) {
	if in, err := gate.Enter(asks, job); !in || err != nil {
		return
	}
	gate.Along(8, func(*int) bool { return true }, func([]*int) {})
}

// rounds has so many clients pass a gate, each so many times. On one core, all but one wait for that one then.
func rounds(gate *admission.Gate[*int], clients []*client, requests int) {
	var all sync.WaitGroup
	for _, asks := range clients {
		all.Go(func() {
			job := new(int)
			for range requests {
				pass(gate, asks, job)
			}
		})
	}
	all.Wait()
}

// clients returns n that don't leave.
func clients(tb testing.TB, n int) (all []*client) {
	tb.Helper()
	for range n {
		all = append(all, &client{Context: tb.Context()})
	}
	return all
}

// BenchmarkGate takes requests through a gate on one core, each alone or nine at a time.
func BenchmarkGate(b *testing.B) {
	for name, n := range map[string]int{"alone": 1, "nine": 9} {
		b.Run(name, func(b *testing.B) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
			gate := admission.NewGate[*int](1, 16, 0)
			all := clients(b, n)
			b.ReportAllocs()
			rounds(gate, all, b.N/n+1)
		})
	}
}
