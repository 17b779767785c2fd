package gate

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Outcome says what the evidence of one setting shows.
type Outcome string

// The outcomes.
const (
	NonInferior  Outcome = "non-inferior" // surely not worse by the margin
	Inferior     Outcome = "inferior"     // surely worse by the margin, or enough shoppers to rule that out, and it isn't
	Underpowered Outcome = "underpowered" // there are too few shoppers to tell
	NoEvidence   Outcome = "no evidence"
)

// power is how often a difference as large as SmallestVisible would be seen.
const power = 0.8

// Setting is what the pairs of one setting show. Differences are relative to the serving model.
type Setting struct {
	Setting    string  `json:"setting"`
	Metric     string  `json:"metric"`
	Shoppers   int     `json:"shoppers"`
	Old        float64 `json:"old"` // mean over shoppers of the mean over their days
	New        float64 `json:"new"`
	Difference float64 `json:"difference"`
	// Lower and Upper are what the difference surely (each by the policy's confidence) lies above and
	// below.
	Lower float64 `json:"lower"`
	Upper float64 `json:"upper"`
	// Margin is what is tolerated, the allowance taken off.
	Margin float64 `json:"margin"`
	// SmallestVisible is the smallest loss that would have been seen four times out of five.
	SmallestVisible float64 `json:"smallest_visible"`
	Outcome         Outcome `json:"outcome"`
	Says            string  `json:"says"`
}

// judge weighs the pairs of one setting.
func (p Policy) judge(setting string, margin, allowance float64, pairs []Pair) Setting {
	s := Setting{Setting: setting, Metric: p.Metric, Margin: margin - allowance}
	older, newer := byShopper(pairs, setting, p.Metric)
	s.Shoppers = len(older)
	s.Old, s.New = mean(older), mean(newer)
	if s.Shoppers < p.LeastShoppers || s.Old == 0 {
		s.Outcome = NoEvidence
		s.Says = fmt.Sprintf("%s: no evidence, %d shoppers to compare on (at least %d needed)", setting, s.Shoppers, p.LeastShoppers)
		return s
	}
	s.Difference = (s.New - s.Old) / s.Old
	differences := bootstrap(older, newer, p.Resamples, p.Seed)
	s.Lower = stat.Quantile(1-p.Confidence, stat.Empirical, differences, nil)
	s.Upper = stat.Quantile(p.Confidence, stat.Empirical, differences, nil)
	normal := distuv.UnitNormal
	s.SmallestVisible = (normal.Quantile(p.Confidence) + normal.Quantile(power)) * stat.StdDev(differences, nil)
	switch {
	case s.Lower > -s.Margin:
		s.Outcome = NonInferior
	case s.Upper >= -s.Margin && s.SmallestVisible > s.Margin:
		s.Outcome = Underpowered
	default:
		s.Outcome = Inferior
	}
	s.Says = fmt.Sprintf("%s: %s %.3f → %.3f (%s, surely above %s, margin %s) on %d shoppers, where a loss of %s could have been seen: %s",
		setting, name(p.Metric), s.Old, s.New, percent(s.Difference), percent(s.Lower), percent(-s.Margin),
		s.Shoppers, unsigned(s.SmallestVisible), s.Outcome)
	return s
}

// byShopper averages each shopper's days, in the order of the shoppers' ids.
func byShopper(pairs []Pair, setting, metric string) (older, newer []float64) {
	type sums struct{ old, new, days float64 }
	shoppers := map[string]sums{}
	for _, pair := range pairs {
		if pair.Setting != setting || pair.Metric != metric {
			continue
		}
		s := shoppers[pair.Shopper]
		shoppers[pair.Shopper] = sums{s.old + pair.Old, s.new + pair.New, s.days + 1}
	}
	for _, shopper := range slices.Sorted(maps.Keys(shoppers)) {
		s := shoppers[shopper]
		older, newer = append(older, s.old/s.days), append(newer, s.new/s.days)
	}
	return older, newer
}

// bootstrap gives the relative difference of the means in each resample of the shoppers, ascending.
func bootstrap(older, newer []float64, resamples int, seed uint64) []float64 {
	random := rand.New(rand.NewPCG(seed, 0))
	differences := make([]float64, 0, resamples)
	for range resamples {
		var old, difference float64
		for range older {
			shopper := random.IntN(len(older))
			old += older[shopper]
			difference += newer[shopper] - older[shopper]
		}
		if old > 0 { // else this resample holds only shoppers for whom neither can be measured
			differences = append(differences, difference/old)
		}
	}
	slices.Sort(differences)
	return differences
}

func mean(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	return stat.Mean(values, nil)
}
