package load

import (
	"cmp"
	"math"
	"slices"
	"sync"
	"time"
)

// Answer is what came of one request.
type Answer struct {
	Version string        // that answered; empty on a failure
	Took    time.Duration // from the moment the request was due
	Err     error         // nil, or why it failed
}

// Account counts answers. Its zero value is empty; it is safe for concurrent use.
type Account struct {
	mutex    sync.Mutex
	took     []time.Duration // of the answered ones
	versions []Version       // in the order of their first answer
	failures []Failure       // likewise
	failed   int
}

// Version is how many requests a version answered.
type Version struct {
	Version string `json:"version"`
	Answers int    `json:"answers"`
}

// Failure is how many requests failed in one way.
type Failure struct {
	Reason string `json:"reason"`
	Count  int    `json:"count"`
}

// mostReasons bounds what is kept of failures: beyond it they are counted together.
const mostReasons = 20

const otherReasons = "other reasons"

// Add counts an answer.
func (a *Account) Add(answer Answer) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if answer.Err != nil {
		a.failed++
		a.fail(answer.Err.Error())
		return
	}
	a.took = append(a.took, answer.Took)
	at := slices.IndexFunc(a.versions, func(v Version) bool { return v.Version == answer.Version })
	if at < 0 {
		at = len(a.versions)
		a.versions = append(a.versions, Version{Version: answer.Version})
	}
	a.versions[at].Answers++
}

func (a *Account) fail(reason string) {
	at := slices.IndexFunc(a.failures, func(f Failure) bool { return f.Reason == reason })
	if at < 0 && len(a.failures) >= mostReasons {
		reason = otherReasons
		at = slices.IndexFunc(a.failures, func(f Failure) bool { return f.Reason == reason })
	}
	if at < 0 {
		at = len(a.failures)
		a.failures = append(a.failures, Failure{Reason: reason})
	}
	a.failures[at].Count++
}

// Summary is an account at some moment. Requests is the sum of the versions' answers and Failed.
type Summary struct {
	Requests int       `json:"requests"`
	Failed   int       `json:"failed"`
	Failures []Failure `json:"failures"` // the most frequent first
	Versions []Version `json:"versions"` // in the order of their first answer
	// The time that half of the answered requests took at most, 99 in 100, and all; in milliseconds.
	Median  float64 `json:"p50_ms"`
	Tail    float64 `json:"p99_ms"`
	Slowest float64 `json:"max_ms"`
}

// Summary sums up what was counted so far.
func (a *Account) Summary() Summary {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	took := slices.Clone(a.took)
	slices.Sort(took)
	failures := append([]Failure{}, a.failures...)
	slices.SortStableFunc(failures, func(a, b Failure) int { return cmp.Compare(b.Count, a.Count) })
	return Summary{
		Requests: len(took) + a.failed,
		Failed:   a.failed,
		Failures: failures,
		Versions: append([]Version{}, a.versions...),
		Median:   quantile(took, 0.5),
		Tail:     quantile(took, 0.99),
		Slowest:  quantile(took, 1),
	}
}

// quantile gives the smallest of the sorted times that a share q of them don't exceed, in
// milliseconds; 0 where there are none.
func quantile(sorted []time.Duration, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	at := int(math.Ceil(q*float64(len(sorted)))) - 1
	return float64(sorted[min(max(at, 0), len(sorted)-1)]) / float64(time.Millisecond)
}
