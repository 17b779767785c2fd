package model

import "math"

const (
	// logBits is how many bits of a number choose its place in logTable.
	logBits = 7
	// logLeast and logMost are where log1p takes its short way: below, 1 + x says too little of x.
	logLeast, logMost = 1. / 64, 1 << 20
	// logError bounds the relative error of the short way and of math.Log1p, with much to spare.
	logError = 1e-11
)

// logTable has for each place between 1 and 2 a number near its middle: 1 ÷ that number, and its logarithm.
var logTable = newLogTable()

func newLogTable() (table [1 << logBits]struct{ inverse, log float64 }) {
	for i := range table {
		middle := 1 + (float64(i)+0.5)/float64(len(table))
		table[i].inverse = 1 / middle
		table[i].log = math.Log(middle)
	}
	return table
}

// log1p returns a number that as a float32 is math.Log1p(x), for half of that function's time: where the short way can't say
// which float32 that is, it asks.
func log1p(x float64) float64 {
	if !(x >= logLeast && x <= logMost) {
		return math.Log1p(x)
	}
	bits := math.Float64bits(1 + x)
	exponent := int(bits>>52) - 1023
	near := &logTable[bits>>(52-logBits)&(1<<logBits-1)]
	r := math.Float64frombits(bits&(1<<52-1)|1023<<52)*near.inverse - 1 // at most 1/256 either way
	log := float64(exponent)*math.Ln2 + (near.log + r*(1-r*(1./2-r*(1./3-r*(1./4-r*(1./5-r*(1./6)))))))
	if float32(log*(1-logError)) != float32(log*(1+logError)) {
		return math.Log1p(x)
	}
	return log
}
