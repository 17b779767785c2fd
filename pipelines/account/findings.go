package account

import (
	"fmt"
	"math"
	"strings"

	"github.com/daybreak-ml/daybreak/pipelines/check"
)

// finding is a figure of the day's check with where it was to be expected.
type finding struct {
	Label, Says, Class  string
	Value, Range        string
	From, Extent, Place float64 // of the range and of the value, on a bar of 100
}

// findingNames are the check's findings as people call them.
var findingNames = map[string]string{
	"own_past_over_popularity":  "own past over popularity",
	"own_past_over_others_past": "own past over others' pasts",
	"events":                    "events",
	"quarantined":               "rows quarantined",
	"new_shoppers":              "new shoppers",
	"missing_price":             "purchases without a price",
	"missing_quantity":          "purchases without a quantity",
}

func findings(report *check.Report) []finding {
	var found []finding
	for _, f := range report.Findings {
		if f.Upper == math.MaxFloat64 { // there were no limits to compare with
			continue
		}
		label := findingNames[f.Name]
		if label == "" {
			label = strings.ReplaceAll(f.Name, "_", " ")
		}
		entry := finding{Label: label, Says: sentence(f.Says), Class: "promoted"}
		if f.Outside {
			entry.Class = "rejected"
		}
		axis := scale{0, max(f.Upper, f.Value) * 1.15, 0, 100}
		place := func(value float64) float64 { return min(max(axis.at(value), 0), 100) }
		write := percentage
		switch {
		case f.Name == "events":
			write = func(x float64) string { return thousands(int(math.Round(x))) }
		case strings.HasPrefix(f.Name, "own_past"): // ratios are compared by factors
			axis = scale{math.Log(min(f.Lower, f.Value) / 1.3), math.Log(max(f.Upper, f.Value) * 1.3), 0, 100}
			place = func(value float64) float64 { return min(max(axis.at(math.Log(value)), 0), 100) }
			write = func(x float64) string { return fmt.Sprintf("%.3g×", x) }
		}
		entry.Value, entry.Range = write(f.Value), write(f.Lower)+" … "+write(f.Upper)
		entry.From, entry.Place = place(f.Lower), place(f.Value)
		entry.Extent = place(f.Upper) - entry.From
		found = append(found, entry)
	}
	return found
}

func percentage(x float64) string { return share(x) }

// thousands writes a count with its digits in groups.
func thousands(n int) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "\u202f" + digits[i:]
	}
	return digits
}
