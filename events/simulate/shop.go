package simulate

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/daybreak-ml/daybreak/events"
)

// Shop says which shop to simulate. The same Shop is the same shop, to the byte.
type Shop struct {
	Seed  uint64
	Users int        // shoppers who ever buy there
	Items int        // items it ever sells
	Days  int        // days of its export
	Start events.Day // the first of them
}

// DefaultShop is big enough for a demo and small enough to be made in a second or two: about 1,000
// lines a day.
func DefaultShop() Shop {
	return Shop{Seed: 1, Users: 1500, Items: 800, Days: 120, Start: events.NewDay(2025, 1, 6)}
}

func (s Shop) check() error {
	switch {
	case s.Users < 1:
		return fmt.Errorf("simulate: %d users; give at least 1", s.Users)
	case s.Items < len(departments)*stylesPerDepartment:
		return fmt.Errorf("simulate: %d items; give at least %d, one for each style", s.Items, len(departments)*stylesPerDepartment)
	case s.Days < 1:
		return fmt.Errorf("simulate: %d days; give at least 1", s.Days)
	case s.Start.IsZero():
		return fmt.Errorf("simulate: no start day; give one, for example 2025-01-06")
	}
	return nil
}

const (
	stylesPerDepartment = 3
	ordersPerUserDay    = 0.09 // mean over shoppers and days
	linesPerOrder       = 8.5  // mean, before an item chosen twice counts once
	companionsPerItem   = 3
	soldFromTheStart    = 0.7 // share of the items
	shoppersAtTheStart  = 0.6 // share of the shoppers
)

// item is a product of the shop.
type item struct {
	sku, title string
	department int
	style      int
	appeal     float64 // how much likelier than others of its style it is bought
	price      float64
	launch     int   // day, from 0, on which it is first sold
	companions []int // items bought along with it
}

// shopper is a customer of the shop.
type shopper struct {
	id       string
	joins    int       // day, from 0, of the first possible order
	activity float64   // orders a day, in relation to others
	taste    []float64 // for each style, summing to 1
	past     []int     // items bought, newest last
}

// world is a shop at work.
type world struct {
	shop     Shop
	random   *rand.Rand
	items    []item
	shoppers []shopper
	orders   int           // placed so far
	returns  map[int][]row // cancellations to come, by day
}

func newWorld(shop Shop) *world {
	w := &world{shop: shop, random: rand.New(rand.NewPCG(shop.Seed, 0xDA1B)), returns: map[int][]row{}}
	w.stock()
	w.invite()
	return w
}

// stock makes the items. A style's items have appeals by Zipf's law, so that some sell ten times as
// well as others.
func (w *world) stock() {
	styles := len(departments) * stylesPerDepartment
	names := newNamer()
	w.items = make([]item, w.shop.Items)
	byStyle := make([][]int, styles)
	for i := range w.items {
		style := i % styles
		department := style / stylesPerDepartment
		launch := 0
		if w.random.Float64() > soldFromTheStart {
			launch = w.random.IntN(w.shop.Days)
		}
		rank := len(byStyle[style]) + 1
		w.items[i] = item{
			sku:        fmt.Sprintf("%s-%04d", departments[department].code, 1000+i),
			title:      names.title(w.random, department),
			department: department,
			style:      style,
			appeal:     math.Pow(float64(rank), -0.8),
			price:      math.Round(100*math.Exp(1.6+0.7*w.random.NormFloat64()))/100 + 0.25,
			launch:     launch,
		}
		byStyle[style] = append(byStyle[style], i)
	}
	for i := range w.items {
		same := byStyle[w.items[i].style]
		for range companionsPerItem {
			w.items[i].companions = append(w.items[i].companions, same[w.random.IntN(len(same))])
		}
	}
}

// invite makes the shoppers: each likes a few styles much and the others hardly.
func (w *world) invite() {
	w.shoppers = make([]shopper, w.shop.Users)
	for i := range w.shoppers {
		taste := make([]float64, len(departments)*stylesPerDepartment)
		total := 0.0
		for style := range taste {
			// A power of a uniform number: a few near 1, most near 0.
			taste[style] = math.Pow(w.random.Float64(), 14)
			total += taste[style]
		}
		for style := range taste {
			taste[style] /= total
		}
		joins := 0
		if w.random.Float64() > shoppersAtTheStart {
			joins = w.random.IntN(w.shop.Days)
		}
		w.shoppers[i] = shopper{
			id:       fmt.Sprintf("C%05d", 10000+i),
			joins:    joins,
			activity: math.Exp(0.8 * w.random.NormFloat64()),
			taste:    taste,
		}
	}
}

// season is how much more, or less, a style sells on a day than over the year.
func (w *world) season(style, day int) float64 {
	ofYear := float64(w.shop.Start.AddDays(day).Sub(events.NewDay(2000, 1, 1))) / 365.25
	phase := float64(style*7%24) / 24
	return 1 + 0.7*math.Sin(2*math.Pi*(ofYear+phase))
}
