package check

import "github.com/daybreak-ml/daybreak/events"

// Figures is a day in numbers. Shares are between 0 and 1; NDCG@20 is a mean over all the day's
// shoppers, where a shopper without a past has 0.
type Figures struct {
	Day             events.Day `json:"day"`
	Events          int        `json:"events"`
	Shoppers        int        `json:"shoppers"`
	Quarantined     float64    `json:"quarantined"`      // share of the rows read
	NewShoppers     float64    `json:"new_shoppers"`     // share of the shoppers, never seen before
	MissingPrice    float64    `json:"missing_price"`    // share of the purchases
	MissingQuantity float64    `json:"missing_quantity"` // share of the purchases
	OwnPast         float64    `json:"own_past_ndcg"`    // NDCG@20 of each shopper's own past
	Popularity      float64    `json:"popularity_ndcg"`  // NDCG@20 of what is popular
	OthersPast      float64    `json:"others_past_ndcg"` // mean NDCG@20 of the pasts of the day's other shoppers

	overPopularity point
	overOthers     point
}

// measure compares a day with what was known before it.
func measure(day events.Day, manifest events.Manifest, columns *events.Columns, before *pasts) Figures {
	baskets := basketsOf(columns, before)
	f := Figures{Day: day, Events: manifest.Kept, Shoppers: len(baskets)}
	if manifest.Read > 0 {
		f.Quarantined = float64(manifest.QuarantinedRows()) / float64(manifest.Read)
	}
	f.MissingPrice, f.MissingQuantity = missing(columns)

	popular := before.popularList()
	lists := make([][]int32, len(baskets))
	// demand is what it is worth that an item is in a basket, summed over the lists of all shoppers:
	// with it the mean over all pairs of list and basket takes one pass.
	demand := map[int32]float64{}
	strangers := 0
	for i, basket := range baskets {
		lists[i] = before.ownList(basket.shopper)
		if len(lists[i]) == 0 {
			strangers++
		}
		for place, item := range lists[i] {
			demand[item] += discount(place)
		}
	}
	own := make([]float64, len(baskets))
	popularity := make([]float64, len(baskets))
	others := make([]float64, len(baskets))
	for i, basket := range baskets {
		own[i] = ndcg(lists[i], basket.items)
		popularity[i] = ndcg(popular, basket.items)
		all := 0.0
		for item := range basket.items {
			all += demand[item]
		}
		if len(baskets) > 1 {
			others[i] = max(0, all/ideal(len(basket.items))-own[i]) / float64(len(baskets)-1)
		}
	}
	f.OwnPast, f.Popularity, f.OthersPast = mean(own), mean(popularity), mean(others)
	if len(baskets) > 0 {
		f.NewShoppers = float64(strangers) / float64(len(baskets))
	}
	if strangers < len(baskets) { // else no past says anything yet, and the day has no place on a chart
		f.overPopularity = ratio(own, popularity)
		f.overOthers = ratio(own, others)
	}
	return f
}

// basket is what a shopper wanted on a day.
type basket struct {
	shopper string
	items   map[int32]bool
}

// basketsOf gives a day's baskets in the order the shoppers first appear.
func basketsOf(columns *events.Columns, before *pasts) []basket {
	var baskets []basket
	place := make([]int, len(columns.Users.Values)) // 0: has none yet
	for row := range columns.Rows() {
		if !isInterest(columns, row) {
			continue
		}
		code := columns.Users.Codes[row]
		if place[code] == 0 {
			baskets = append(baskets, basket{columns.Users.Values[code], map[int32]bool{}})
			place[code] = len(baskets)
		}
		item := before.item(columns.Items.Values[columns.Items.Codes[row]])
		baskets[place[code]-1].items[item] = true
	}
	return baskets
}

// missing gives the shares of the purchases that have no price and no quantity.
func missing(columns *events.Columns) (price, quantity float64) {
	var purchases, priceless, uncounted float64
	for row := range columns.Rows() {
		if events.Type(columns.Types.Values[columns.Types.Codes[row]]) != events.Purchase {
			continue
		}
		purchases++
		if columns.Price[row] == 0 {
			priceless++
		}
		if columns.Quantity[row] == 0 {
			uncounted++
		}
	}
	if purchases == 0 {
		return 0, 0
	}
	return priceless / purchases, uncounted / purchases
}

func mean(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sum := 0.0
	for _, value := range values {
		sum += value
	}
	return sum / float64(len(values))
}
