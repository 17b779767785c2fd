package simulate

import (
	"math"
	"sort"
	"time"
)

// How shoppers choose, and how often an export is dirty.
const (
	repeatShare    = 0.35 // of a shopper's lines: something bought before
	companionShare = 0.2  // of the lines: something that goes with what is in the basket
	newItemDays    = 14   // how long an item counts as new
	newItemBoost   = 2.5

	guestShare      = 0.06  // of the orders: no customer number
	postageShare    = 0.12  // of the orders: a line for postage
	zeroPriceShare  = 0.004 // of the lines
	badTimeShare    = 0.002 // of the lines
	duplicateShare  = 0.005 // of the lines: exported twice
	cancelShare     = 0.02  // of the lines: cancelled later
	longestCancel   = 10    // days until a cancellation, at most
	openFrom        = 8     // o'clock
	openHours       = 13
	sundaysActivity = 0.5
)

// choice picks one of a list, by weight.
type choice struct {
	items []int
	until []float64 // summed weights
}

func (c *choice) add(item int, weight float64) {
	total := 0.0
	if len(c.until) > 0 {
		total = c.until[len(c.until)-1]
	}
	c.items = append(c.items, item)
	c.until = append(c.until, total+weight)
}

func (c *choice) pick(uniform float64) (int, bool) {
	if len(c.items) == 0 {
		return 0, false
	}
	at := sort.SearchFloat64s(c.until, uniform*c.until[len(c.until)-1])
	return c.items[min(at, len(c.items)-1)], true
}

// trade plays one day and returns its rows as the shop exports them, in order of time.
func (w *world) trade(day int) []row {
	midnight := w.shop.Start.AddDays(day).Start(time.UTC) // wall-clock time; the zone is the mapping's matter
	shelf := w.shelf(day)
	var rows []row
	for _, buyer := range w.buyers(day) {
		w.orders++
		at := midnight.Add(openFrom*time.Hour + time.Duration(w.random.IntN(openHours*3600))*time.Second)
		rows = append(rows, w.order(&w.shoppers[buyer], day, at, shelf)...)
	}
	rows = append(rows, w.returns[day]...)
	delete(w.returns, day)
	sort.SliceStable(rows, func(i, j int) bool { return rows[i].at.Before(rows[j].at) })
	return rows
}

// shelf is what each style has to sell on a day.
func (w *world) shelf(day int) []choice {
	shelf := make([]choice, len(departments)*stylesPerDepartment)
	for i, product := range w.items {
		if product.launch > day {
			continue
		}
		weight := product.appeal
		if product.launch > 0 && day-product.launch < newItemDays {
			weight *= newItemBoost
		}
		shelf[product.style].add(i, weight)
	}
	return shelf
}

// buyers returns who orders on a day, one entry for each order.
func (w *world) buyers(day int) []int {
	var active choice
	for i, s := range w.shoppers {
		if s.joins <= day {
			active.add(i, s.activity)
		}
	}
	mean := ordersPerUserDay * float64(w.shop.Users)
	if w.shop.Start.AddDays(day).Weekday() == time.Sunday {
		mean *= sundaysActivity
	}
	var buyers []int
	for range int(math.Round(mean * (0.9 + 0.2*w.random.Float64()))) {
		if buyer, ok := active.pick(w.random.Float64()); ok {
			buyers = append(buyers, buyer)
		}
	}
	return buyers
}

// order returns the rows of one order.
func (w *world) order(buyer *shopper, day int, at time.Time, shelf []choice) []row {
	customer := buyer.id
	if w.random.Float64() < guestShare {
		customer = ""
	}
	var rows []row
	for _, bought := range w.basket(buyer, day, shelf) {
		line := w.line(bought, customer, at)
		rows = append(rows, w.dirty(line)...)
		if w.random.Float64() < cancelShare {
			w.cancel(line, day)
		}
	}
	if w.random.Float64() < postageShare {
		rows = append(rows, row{
			order: w.orders, at: at, customer: customer, sku: "POSTAGE", title: "Postage", quantity: 1, price: 4.95, status: paid,
		})
	}
	return rows
}

// basket chooses what a shopper buys, each item once.
func (w *world) basket(buyer *shopper, day int, shelf []choice) []int {
	var styles choice
	for style, liking := range buyer.taste {
		styles.add(style, liking*w.season(style, day))
	}
	lines := 1 + int(w.random.ExpFloat64()*(linesPerOrder-0.5))
	var basket []int
	inBasket := map[int]bool{}
	for range min(lines, 40) {
		bought, ok := w.choose(buyer, day, basket, styles, shelf)
		if ok && !inBasket[bought] {
			inBasket[bought] = true
			basket = append(basket, bought)
		}
	}
	buyer.past = append(buyer.past, basket...)
	return basket
}

func (w *world) choose(buyer *shopper, day int, basket []int, styles choice, shelf []choice) (int, bool) {
	how := w.random.Float64()
	switch {
	case how < repeatShare && len(buyer.past) > 0:
		// What was bought lately is likelier to be bought again.
		back := int(w.random.ExpFloat64() * 15)
		return buyer.past[max(0, len(buyer.past)-1-back)], true
	case how < repeatShare+companionShare && len(basket) > 0:
		companions := w.items[basket[w.random.IntN(len(basket))]].companions
		companion := companions[w.random.IntN(len(companions))]
		return companion, w.items[companion].launch <= day
	}
	style, ok := styles.pick(w.random.Float64())
	if !ok {
		return 0, false
	}
	return shelf[style].pick(w.random.Float64())
}

// line is the row of one item bought.
func (w *world) line(bought int, customer string, at time.Time) row {
	product := w.items[bought]
	return row{
		order: w.orders, at: at, customer: customer, sku: product.sku, title: product.title,
		department: departments[product.department].name,
		quantity:   1 + int(w.random.ExpFloat64()*2), price: product.price, status: paid,
	}
}

// dirty returns a line as the export has it: mostly as it is.
func (w *world) dirty(line row) []row {
	switch chance := w.random.Float64(); {
	case chance < zeroPriceShare:
		line.price = 0
	case chance < zeroPriceShare+badTimeShare:
		line.timeless = true
	case chance < zeroPriceShare+badTimeShare+duplicateShare:
		return []row{line, line}
	}
	return []row{line}
}

// cancel plans the cancellation of a line for a later day.
func (w *world) cancel(line row, day int) {
	days := 1 + w.random.IntN(longestCancel)
	line.at = line.at.AddDate(0, 0, days)
	line.status = cancelled
	w.returns[day+days] = append(w.returns[day+days], line)
}
