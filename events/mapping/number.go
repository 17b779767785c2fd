package mapping

import (
	"math"
	"strconv"
	"strings"
)

// numberFormat is how an export writes numbers.
type numberFormat struct {
	decimal   string // "." or ","
	thousands string // one character, or none
}

// parse reads a finite decimal number.
func (f numberFormat) parse(text string) (float64, bool) {
	text = strings.TrimSpace(text)
	if f.thousands != "" {
		text = strings.ReplaceAll(text, f.thousands, "")
	}
	if f.decimal == "," {
		if strings.Contains(text, ".") {
			return 0, false
		}
		text = strings.Replace(text, ",", ".", 1)
	}
	if strings.Trim(text, "0123456789+-.eE") != "" { // ParseFloat also knows 0x1p-2, 1_000 and Inf
		return 0, false
	}
	number, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(number, 0) {
		return 0, false
	}
	return number, true
}
