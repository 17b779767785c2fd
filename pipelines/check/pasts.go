package check

import (
	"cmp"
	"math"
	"slices"

	"github.com/daybreak-ml/daybreak/events"
)

// listLength is the k of NDCG@k.
const listLength = 20

// pasts is what is known before a day: each watched shopper's own items, and everybody's, as counts
// that fade. Instead of fading all that is there each day, what is added grows: weights are relative
// to the day the counting began.
type pasts struct {
	begin      events.Day
	pastLife   float64 // half-lives, in days
	popLife    float64
	itemCodes  map[string]int32
	items      []string
	popularity []float64                    // by item
	own        map[string]map[int32]float64 // by watched shopper, then item
}

func newPasts(begin events.Day, policy Policy, watched map[string]bool) *pasts {
	p := &pasts{
		begin:     begin,
		pastLife:  policy.PastHalfLife,
		popLife:   policy.PopularityHalfLife,
		itemCodes: map[string]int32{},
		own:       make(map[string]map[int32]float64, len(watched)),
	}
	for shopper := range watched {
		p.own[shopper] = nil
	}
	return p
}

func (p *pasts) item(id string) int32 {
	code, known := p.itemCodes[id]
	if !known {
		code = int32(len(p.items))
		p.itemCodes[id] = code
		p.items = append(p.items, id)
		p.popularity = append(p.popularity, 0)
	}
	return code
}

// learn adds a day.
func (p *pasts) learn(day events.Day, columns *events.Columns) {
	age := float64(day.Sub(p.begin))
	pastWeight, popWeight := math.Exp2(age/p.pastLife), math.Exp2(age/p.popLife)
	items := make([]int32, len(columns.Items.Values))
	for i, id := range columns.Items.Values {
		items[i] = p.item(id)
	}
	for row := range columns.Rows() {
		if !isInterest(columns, row) {
			continue
		}
		item := items[columns.Items.Codes[row]]
		p.popularity[item] += popWeight
		shopper := columns.Users.Values[columns.Users.Codes[row]]
		if own, watched := p.own[shopper]; watched {
			if own == nil {
				own = map[int32]float64{}
				p.own[shopper] = own
			}
			own[item] += pastWeight
		}
	}
}

// isInterest says whether an event shows that the shopper wanted the item.
func isInterest(columns *events.Columns, row int) bool {
	switch events.Type(columns.Types.Values[columns.Types.Codes[row]]) {
	case events.Purchase, events.Cart, events.View, events.Click:
		return true
	case events.Rating:
		return columns.Value[row] >= 3
	}
	return false
}

// ownList ranks a shopper's own items, at most listLength of them.
func (p *pasts) ownList(shopper string) []int32 {
	own := p.own[shopper]
	list := make([]int32, 0, len(own))
	for item := range own {
		list = append(list, item)
	}
	p.rank(list, func(item int32) float64 { return own[item] })
	return list[:min(len(list), listLength)]
}

// popularList ranks all items, and gives listLength of them.
func (p *pasts) popularList() []int32 {
	list := make([]int32, len(p.items))
	for i := range list {
		list[i] = int32(i)
	}
	p.rank(list, func(item int32) float64 { return p.popularity[item] })
	return list[:min(len(list), listLength)]
}

// rank sorts by weight, and items of one weight by id, so that the order depends on nothing else.
func (p *pasts) rank(list []int32, weight func(int32) float64) {
	slices.SortFunc(list, func(a, b int32) int {
		return cmp.Or(cmp.Compare(weight(b), weight(a)), cmp.Compare(p.items[a], p.items[b]))
	})
}
