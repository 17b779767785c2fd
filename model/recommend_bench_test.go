package model

import (
	"math"
	"os"
	"testing"
	"time"
)

// BenchmarkRecommend asks the model folder that DAYBREAK_MODEL names for ten items for one shopper after another, then for
// as many as share a pass at once. Of each hundred or so the fastest count, which other programs disturbed least.
func BenchmarkRecommend(b *testing.B) {
	dir := os.Getenv("DAYBREAK_MODEL")
	if dir == "" {
		b.Skip("DAYBREAK_MODEL names no model folder")
	}
	m, err := Load(dir)
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := m.Close(); err != nil {
			b.Fatal(err)
		}
	}()
	for name, together := range map[string]int{"alone": 1, "together": Together} {
		b.Run(name, func(b *testing.B) {
			shopper, fastest := 0, math.Inf(1)
			reqs := make([]Request, together)
			for b.Loop() {
				const answers = 100
				began := time.Now()
				for range answers / together {
					for i := range reqs {
						shopper = (shopper + 7919) % m.Users() // a prime, so that all have their turn
						reqs[i] = Request{User: m.UserID(shopper), K: 10}
					}
					for _, result := range m.RecommendTogether(reqs) {
						if result.Err != nil {
							b.Fatal(result.Err)
						}
					}
				}
				fastest = min(fastest, time.Since(began).Seconds()/float64(answers/together*together))
			}
			b.ReportMetric(0, "ns/op") // of a hundred
			b.ReportMetric(fastest*1e6, "µs/request")
		})
	}
}
