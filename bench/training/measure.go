package main

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"path/filepath"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/daybreak-ml/daybreak/model/vec"
	"github.com/daybreak-ml/daybreak/trainer/metrics"
)

// k is the length of the lists measured.
const k = 20

// ndcg is the mean NDCG@20 of the sampled shoppers after each of the epochs whose
// factors lie in out.
func (p *problem) ndcg(ctx context.Context, out string, epochs, rank int) ([]float64, error) {
	var values []float64
	for epoch := 1; epoch <= epochs; epoch++ {
		users, err := read[float32](filepath.Join(out, fmt.Sprintf("users-%d", epoch)))
		if err != nil {
			return nil, err
		}
		items, err := read[float32](filepath.Join(out, fmt.Sprintf("items-%d", epoch)))
		if err != nil {
			return nil, err
		}
		if len(users) != rank*len(p.sample) || len(items) != rank*p.Items {
			return nil, fmt.Errorf("%s: epoch %d has factors of another size", out, epoch)
		}
		each := make([]float64, len(p.sample))
		group, ctx := errgroup.WithContext(ctx)
		for worker := range runtime.GOMAXPROCS(0) {
			group.Go(func() error {
				scores := make([]float32, p.Items)
				for i := worker; i < len(p.sample) && ctx.Err() == nil; i += runtime.GOMAXPROCS(0) {
					vec.Dots(users[i*rank:(i+1)*rank], items, scores)
					each[i] = p.ndcgOf(i, scores)
				}
				return ctx.Err()
			})
		}
		if err := group.Wait(); err != nil {
			return nil, err
		}
		var sum float64
		for _, value := range each {
			sum += value
		}
		values = append(values, sum/float64(len(each)))
	}
	return values, nil
}

// ndcgOf measures the list that scores make for a sampled shopper; they are
// overwritten.
func (p *problem) ndcgOf(i int, scores []float32) float64 {
	if p.ExcludeSeen {
		seen, _ := p.train.Row(int(p.sample[i]))
		for _, item := range seen {
			scores[item] = float32(math.Inf(-1))
		}
	}
	truth := map[int32]bool{}
	for _, item := range row(p.truth, i) {
		truth[item] = true
	}
	return metrics.NDCG(best(scores), truth, k)
}

// best returns the k items of the highest scores, ties by item.
func best(scores []float32) []int32 {
	var list []int32
	for item, score := range scores {
		if len(list) == k && !(score > scores[list[k-1]]) {
			continue
		}
		place, _ := slices.BinarySearchFunc(list, score, func(other int32, score float32) int {
			if scores[other] >= score {
				return -1
			}
			return 1
		})
		list = slices.Insert(list, place, int32(item))
		list = list[:min(k, len(list))]
	}
	return list
}

// A race is how one learner did with one number of factors.
type race struct {
	Learner  string    `json:"learner"`
	Rank     int       `json:"rank"`
	Settings point     `json:"settings"`
	NDCG     []float64 `json:"ndcg@20"`   // after each epoch
	Seconds  []float64 `json:"seconds"`   // of each epoch
	Own      memory    `json:"own_bytes"` // at its peak, without what there was before anything was read
}

func (r race) best() float64 { return slices.Max(r.NDCG) }

// epoch is the middle of the epochs' seconds.
func (r race) epoch() float64 {
	seconds := slices.Sorted(slices.Values(r.Seconds))
	return seconds[len(seconds)/2]
}

// to is how many seconds, and epochs, it took to reach a quality; infinity where
// it never did.
func (r race) to(quality float64) (seconds float64, epochs int) {
	for i, value := range r.NDCG {
		seconds += r.Seconds[i]
		if value >= quality {
			return seconds, i + 1
		}
	}
	return math.Inf(1), 0
}

// faster gives each epoch the lesser of its seconds in two runs of the same, which
// learn the same: what else the machine does only adds to them.
func (r race) faster(again race) race {
	r.Seconds = slices.Clone(r.Seconds)
	for i, seconds := range again.Seconds {
		r.Seconds[i] = min(r.Seconds[i], seconds)
	}
	r.Own = r.Own.least(again.Own)
	return r
}

// better orders races by what they came to.
func better(a, b race) int { return cmp.Compare(b.best(), a.best()) }
