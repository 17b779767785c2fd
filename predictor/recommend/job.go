package recommend

import (
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/predictor/admission"
	"github.com/daybreak-ml/daybreak/predictor/versions"
)

// A Gate bounds how many calls are answered at once, and how many wait.
type Gate = admission.Gate[*job]

// NewGate returns a gate that lets concurrency calls in at once, with 0 none, while queue wait; not for longer than wait
// where calls keep waiting, unless that is 0.
func NewGate(concurrency, queue int, wait time.Duration) *Gate {
	return admission.NewGate[*job](concurrency, queue, wait)
}

// spare keeps the memory of jobs that were done for those to come.
var spare = sync.Pool{New: func() any { return &job{} }}

// A job is a call on its way to its answer: requests for lists, or for explanations.
type job struct {
	version  *versions.Version
	requests []model.Request          // for lists
	explain  func(*model.Model) error // nil if lists are asked for

	results []model.Result // one for each request, in memory of earlier ones
	lists   []model.Answer // those of results
	err     error          // of explaining
	met     any            // a panic, for the goroutine of the call itself
}

// joins says whether a job can share a pass over the catalogue with another: both ask the same version for one list.
func (j *job) joins(other *job) bool {
	return j.version == other.version && len(j.requests) == 1 && len(other.requests) == 1
}

// answer does a job, along with others that join.
func (j *job) answer(others []*job) {
	if len(others) == 0 {
		j.alone()
		return
	}
	jobs := append(others, j)
	if err := together(jobs); err != nil {
		slog.Error("requests that were answered together are answered one by one", "error", err)
		for _, one := range jobs {
			one.guarded()
		}
	}
}

// together does jobs in one pass. Error: what it panicked with, which may be due to any of them.
func together(jobs []*job) (err error) {
	defer func() {
		if met := recover(); met != nil {
			err = fmt.Errorf("panic: %v", met)
		}
	}()
	var requests [model.Together]model.Request
	var results [model.Together]model.Result
	for i, one := range jobs {
		one.reserve()
		requests[i], results[i] = one.requests[0], one.results[0]
	}
	jobs[0].version.Model.RecommendInto(results[:len(jobs)], requests[:len(jobs)])
	for i, one := range jobs {
		one.results[0] = results[i]
	}
	return nil
}

// guarded does a job so that a panic reaches nobody but its own call.
func (j *job) guarded() {
	defer func() { j.met = recover() }()
	j.alone()
}

func (j *job) alone() {
	if j.explain != nil {
		j.err = j.explain(j.version.Model)
		return
	}
	j.reserve()
	j.version.Model.RecommendInto(j.results, j.requests)
}

// reserve makes room for a result of each request.
func (j *job) reserve() {
	n := len(j.requests)
	j.results = slices.Grow(j.results[:0], n)[:n]
}

// forget gets a job ready for another call: nothing of this one is kept but the memory of its lists.
func (j *job) forget() {
	*j = job{results: j.results[:0], lists: j.lists[:0]}
}
