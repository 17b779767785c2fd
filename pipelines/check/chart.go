package check

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// point is a day on a control chart.
type point struct {
	log      float64 // of the day's ratio of two sums over its shoppers
	variance float64 // of that logarithm, times the number of shoppers: what one shopper adds
	shoppers float64
}

// smoothing is added to either sum of a ratio, in shoppers whose list is perfect, so that a day on
// which nobody's list holds a hit has a ratio too.
const smoothing = 0.1

// widest bounds limits on a logarithmic scale: with three days behind it a limit may be so wide that
// its exponential is no number any more.
const widest = 50

// ratio puts a day on a chart: the sum of over relative to the sum of under, one value a shopper.
func ratio(over, under []float64) point {
	n := float64(len(over))
	if n == 0 {
		return point{}
	}
	meanOver, meanUnder := smoothing/n, smoothing/n
	for i := range over {
		meanOver += over[i] / n
		meanUnder += under[i] / n
	}
	// The delta method: log(x/y) varies as x/E[x] - y/E[y] does, shoppers being independent.
	var sum, squares float64
	for i := range over {
		v := over[i]/meanOver - under[i]/meanUnder
		sum += v
		squares += v * v
	}
	variance := 0.0
	if n > 1 {
		variance = max(0, (squares-sum*sum/n)/(n-1))
	}
	return point{log: math.Log(meanOver / meanUnder), variance: variance, shoppers: n}
}

// limits are where the next day of a chart is to be expected, on the scale of the ratio.
type limits struct{ lower, middle, upper float64 }

// predictionLimits are those of a random-effects model (Higgins, Thompson and Spiegelhalter, 2009,
// with the estimate of DerSimonian and Laird, 1986): days differ by themselves, and each is measured
// with an error that shrinks with its shoppers. The error of a shopper is pooled over the base days,
// never taken from the new day, whose own figures are what is in doubt. base has 3 days or more,
// each with shoppers.
func predictionLimits(base []point, shoppers, confidence float64) limits {
	var variance, total float64
	for _, day := range base {
		variance += day.variance * day.shoppers
		total += day.shoppers
	}
	variance = max(variance/total, 1e-9)

	weights := make([]float64, len(base))
	for i, day := range base {
		weights[i] = day.shoppers / variance
	}
	mean, sum, squares := weigh(base, weights)
	spread := 0.0
	for i, day := range base {
		spread += weights[i] * (day.log - mean) * (day.log - mean)
	}
	between := max(0, (spread-float64(len(base)-1))/(sum-squares/sum))

	for i, day := range base {
		weights[i] = 1 / (variance/day.shoppers + between)
	}
	mean, sum, _ = weigh(base, weights)
	deviation := math.Sqrt(between + 1/sum + variance/shoppers)
	reach := min(studentQuantile(confidence, len(base)-2)*deviation, widest)
	return limits{lower: math.Exp(mean - reach), middle: math.Exp(mean), upper: math.Exp(mean + reach)}
}

func weigh(base []point, weights []float64) (mean, sum, squares float64) {
	for i, day := range base {
		mean += weights[i] * day.log
		sum += weights[i]
		squares += weights[i] * weights[i]
	}
	return mean / sum, sum, squares
}

// studentQuantile is how many standard deviations either way hold the given share of a Student
// distribution.
func studentQuantile(confidence float64, freedom int) float64 {
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(max(1, freedom))}.Quantile((1 + confidence) / 2)
}
