package check

import (
	"fmt"
	"math"
	"strconv"
)

// findings compares a day's figures with those of the days before, of which there are 3 or more.
func (p Policy) findings(day Figures, base []Figures) []Finding {
	found := []Finding{
		p.chart("own_past_over_popularity", day.overPopularity, base,
			func(f Figures) point { return f.overPopularity },
			"own past reaches %s popularity's NDCG@20"),
		p.chart("own_past_over_others_past", day.overOthers, base,
			func(f Figures) point { return f.overOthers },
			"own past reaches %s the NDCG@20 of the day's other shoppers' pasts"),
		p.volume(day, base),
	}
	e := p.Expectations
	for _, share := range []struct {
		name   string
		margin float64
		says   string
		of     func(Figures) float64
	}{
		{"quarantined", e.QuarantinedMargin, "%s of the rows are quarantined", func(f Figures) float64 { return f.Quarantined }},
		{"new_shoppers", e.NewShoppersMargin, "%s of the shoppers were never seen before", func(f Figures) float64 { return f.NewShoppers }},
		{"missing_price", e.MissingMargin, "%s of the purchases have no price", func(f Figures) float64 { return f.MissingPrice }},
		{"missing_quantity", e.MissingMargin, "%s of the purchases have no quantity", func(f Figures) float64 { return f.MissingQuantity }},
	} {
		found = append(found, p.share(share.name, share.margin, share.says, share.of(day), base, share.of))
	}
	return found
}

// chart puts the day on a control chart. A day of nobody, or of nobody who has a past, has no place
// on one: what is wrong with it, if anything, its volume and its share of new shoppers say.
func (p Policy) chart(name string, day point, base []Figures, of func(Figures) point, says string) Finding {
	var points []point
	for _, f := range base {
		if pt := of(f); pt.shoppers > 0 {
			points = append(points, pt)
		}
	}
	if len(points) < 3 || day.shoppers == 0 {
		return Finding{Name: name, Upper: math.MaxFloat64, Says: "too few shoppers have a past to compare with"}
	}
	expected := predictionLimits(points, day.shoppers, p.ChartConfidence)
	value := math.Exp(day.log)
	return Finding{
		Name: name, Value: value, Lower: expected.lower, Upper: expected.upper,
		Outside: value < expected.lower || value > expected.upper,
		Says: fmt.Sprintf(says+"; by the last %d days a day of %d shoppers lies within %s … %s",
			times(value), len(points), int(day.shoppers), times(expected.lower), times(expected.upper)),
	}
}

// volume compares the number of events, on a logarithmic scale.
func (p Policy) volume(day Figures, base []Figures) Finding {
	logs := make([]float64, len(base))
	for i, f := range base {
		logs[i] = math.Log(float64(f.Events) + 1)
	}
	middle, reach := normalLimits(logs, p.Expectations.Confidence)
	reach = min(max(reach, math.Log(p.Expectations.VolumeFactor)), widest)
	lower, upper := math.Exp(middle-reach)-1, math.Exp(middle+reach)-1
	value := float64(day.Events)
	return Finding{
		Name: "events", Value: value, Lower: max(0, lower), Upper: upper,
		Outside: value < lower || value > upper,
		Says: fmt.Sprintf("the day has %d events; by the last %d days %.0f … %.0f are to be expected",
			day.Events, len(base), math.Ceil(max(0, lower)), math.Floor(upper)),
	}
}

// share compares a share that should not rise.
func (p Policy) share(name string, margin float64, says string, value float64, base []Figures, of func(Figures) float64) Finding {
	shares := make([]float64, len(base))
	for i, f := range base {
		shares[i] = of(f)
	}
	middle, reach := normalLimits(shares, p.Expectations.Confidence)
	upper := min(1, middle+max(reach, margin))
	return Finding{
		Name: name, Value: value, Lower: 0, Upper: upper,
		Outside: value > upper,
		Says:    fmt.Sprintf(says+"; by the last %d days up to %s are to be expected", percent(value), len(base), percent(upper)),
	}
}

// normalLimits are prediction limits for the next of values that vary alike: middle ± reach.
func normalLimits(values []float64, confidence float64) (middle, reach float64) {
	middle = mean(values)
	squares := 0.0
	for _, value := range values {
		squares += (value - middle) * (value - middle)
	}
	n := float64(len(values))
	deviation := math.Sqrt(squares / (n - 1) * (1 + 1/n))
	return middle, studentQuantile(confidence, len(values)-1) * deviation
}

// times writes a ratio with two digits that count: 0.85×, 1.8×, 14×.
func times(ratio float64) string {
	decimals := 0
	switch {
	case ratio < 1:
		decimals = 2
	case ratio < 10:
		decimals = 1
	}
	return strconv.FormatFloat(ratio, 'f', decimals, 64) + "×"
}

func percent(share float64) string {
	return strconv.FormatFloat(share*100, 'f', 1, 64) + " %"
}
