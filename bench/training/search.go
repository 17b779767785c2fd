package main

import (
	"context"
	"maps"
	"math"
	"slices"
)

// mostTried is how many points are tried at most.
const mostTried = 20

// choose returns the learner's best settings on a workshop's problem. From the
// learner's centre it goes to the best of the points that lie about a factor
// of three away in one setting, until none is better: so the best never lies at a grid's edge. Both
// learners have two settings and are searched alike.
func (w *workshop) choose(ctx context.Context, l learner, rank, epochs int) (point, error) {
	tried := map[string]race{}
	try := func(settings point) (race, error) {
		if r, ok := tried[settings.String()]; ok {
			return r, nil
		}
		r, err := w.run(ctx, l, rank, epochs, settings)
		tried[settings.String()] = r
		return r, err
	}
	best, err := try(l.centre)
	if err != nil {
		return nil, err
	}
	for {
		at := best
		for _, settings := range at.Settings.neighbours() {
			if len(tried) == mostTried {
				return best.Settings, nil
			}
			r, err := try(settings)
			if err != nil {
				return nil, err
			}
			if better(r, best) < 0 {
				best = r
			}
		}
		if best.Settings.String() == at.Settings.String() {
			return best.Settings, nil
		}
	}
}

// neighbours are the points one rung away in one setting.
func (p point) neighbours() []point {
	var all []point
	for _, name := range slices.Sorted(maps.Keys(p)) {
		for _, up := range []int{1, -1} {
			neighbour := maps.Clone(p)
			neighbour[name] = ladder(p[name], up)
			all = append(all, neighbour)
		}
	}
	return all
}

// ladder returns the value that lies so many rungs above a value of the ladder …,
// 0.1, 0.3, 1, 3, 10, …
func ladder(value float64, up int) float64 {
	rung := int(math.Round(2*math.Log10(value))) + up
	decade := int(math.Floor(float64(rung) / 2))
	if rung%2 == 0 {
		return math.Pow10(decade)
	}
	if decade < 0 {
		return 3 / math.Pow10(-decade) // the nearest to 0.3, which three times 0.1 isn't
	}
	return 3 * math.Pow10(decade)
}
