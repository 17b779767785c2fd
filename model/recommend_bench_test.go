package model

import (
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// BenchmarkRecommend asks the model folder that DAYBREAK_MODEL names for ten items for one shopper after another, then for
// as many as share a pass at once. Of each hundred or so the fastest count, which other programs disturbed least. Then it asks
// over HTTP, and counts what the recommendation alone takes, at the median: what the kernel and a server do in between has
// evicted a part of what it needs from the caches.
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
	shopper := 0
	next := func() string {
		shopper = (shopper + 7919) % m.Users() // a prime, so that all have their turn
		return m.UserID(shopper)
	}
	for name, together := range map[string]int{"alone": 1, "together": Together} {
		b.Run(name, func(b *testing.B) {
			fastest := math.Inf(1)
			reqs := make([]Request, together)
			for b.Loop() {
				const answers = 100
				began := time.Now()
				for range answers / together {
					for i := range reqs {
						reqs[i] = Request{User: next(), K: 10}
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
	b.Run("served", func(b *testing.B) { benchmarkServed(b, m, next) })
}

// benchmarkServed is BenchmarkRecommend over HTTP.
func benchmarkServed(b *testing.B, m *Model, next func() string) {
	var took []time.Duration
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		req := Request{User: string(id), K: 10}
		began := time.Now()
		answer, err := m.Recommend(req)
		took = append(took, time.Since(began))
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		for _, one := range answer.Items {
			_, _ = io.WriteString(w, one.ID) // a client that is gone is noticed by the client
		}
	}))
	defer server.Close()
	for b.Loop() {
		answer, err := server.Client().Post(server.URL, "text/plain", strings.NewReader(next()))
		if err != nil {
			b.Fatal(err)
		}
		_, err = io.Copy(io.Discard, answer.Body)
		if err != nil || answer.StatusCode != http.StatusOK {
			b.Fatal(answer.Status, err)
		}
		if err := answer.Body.Close(); err != nil {
			b.Fatal(err)
		}
	}
	slices.Sort(took)
	b.ReportMetric(0, "ns/op") // of a request over HTTP
	b.ReportMetric(float64(took[len(took)/2])/1e3, "µs/request")
}
