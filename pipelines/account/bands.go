package account

import "github.com/daybreak-ml/daybreak/pipelines/reports"

// popularity is the plot of what is recommended against what is bought, by how well items sell.
type popularity struct {
	Width, Height, Left float64
	Rows                []pair
}

// A pair is a band of items with its two bars.
type pair struct {
	Y                         float64
	Label, Items              string
	Bought, Recommended       float64 // widths
	BoughtText, RecommendText string
}

const bandHeight = 38

func popularityBands(bands []reports.Band) *popularity {
	highest := 0.0
	for _, band := range bands {
		highest = max(highest, band.Bought, band.Recommended)
	}
	if highest == 0 {
		return nil
	}
	plot := &popularity{Width: 460, Height: bandHeight * float64(len(bands)), Left: 130}
	width := scale{0, highest, 0, plot.Width - plot.Left - 52}
	for i, band := range bands {
		plot.Rows = append(plot.Rows, pair{
			Y: bandHeight * float64(i), Label: band.Name, Items: thousands(band.Items) + " items",
			Bought: width.at(band.Bought), Recommended: width.at(band.Recommended),
			BoughtText: share(band.Bought), RecommendText: share(band.Recommended),
		})
	}
	return plot
}
