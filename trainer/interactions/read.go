package interactions

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/model"
)

// ErrEmpty says that there is nothing to learn from.
var ErrEmpty = errors.New("no interactions")

// Options say which events count, and how much.
type Options struct {
	Weights         map[string]float64 // by event type; a type that isn't named counts nothing
	RatingThreshold float64            // a rating below it is no positive signal
}

// ReadStore reads the days before asOf that aren't held, ascending. Ids are
// numbered in their own order, whatever the order of the files. It returns
// ErrEmpty where no event counts.
func ReadStore(ctx context.Context, store *events.Store, asOf events.Day, options Options) (*Log, error) {
	return Reader{}.Read(ctx, store, asOf, options)
}

// describe returns a log of days without their rows, and how many events each of
// them has.
func describe(store *events.Store, days []events.Day) (*Log, []int, error) {
	log := &Log{}
	sizes := make([]int, len(days))
	for i, day := range days {
		manifest, err := store.Manifest(day)
		if err != nil {
			return nil, nil, err
		}
		sizes[i] = manifest.Rows
		log.Days = append(log.Days, model.DayDigest{Day: day.String(), SHA256: manifest.SHA256})
		log.TimeZone = manifest.TimeZone
		log.Events += manifest.Rows
	}
	return log, sizes, nil
}

// readDays reads days, ascending.
func readDays(ctx context.Context, store *events.Store, days []events.Day, options Options) (*builder, error) {
	b := newBuilder()
	var columns events.Columns
	for _, day := range days {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := store.ReadDayColumns(ctx, day, &columns); err != nil {
			return nil, err
		}
		b.addDay(day, &columns, options)
	}
	return b, nil
}

// builder numbers ids as they come; finish renumbers them in their own order.
type builder struct {
	users, items         map[string]int32
	userNames, itemNames []string
	rows                 []Row
	order                order
}

func newBuilder() *builder {
	return &builder{users: map[string]int32{}, items: map[string]int32{}}
}

func number(known map[string]int32, names *[]string, id string) int32 {
	index, ok := known[id]
	if !ok {
		index = int32(len(*names))
		known[id] = index
		*names = append(*names, id)
	}
	return index
}

// addDay adds a day's events, one row for a shopper and an item: the weightiest
// thing that the shopper did with it that day.
func (b *builder) addDay(day events.Day, columns *events.Columns, options Options) {
	first := len(b.rows)
	users, items := unnumbered(columns.Users.Values), unnumbered(columns.Items.Values)
	for i := range columns.Rows() {
		kind := events.Type(columns.Types.Values[columns.Types.Codes[i]])
		weight := options.Weights[string(kind)]
		if kind == events.Rating && !(columns.Value[i] >= options.RatingThreshold) {
			weight = 0
		}
		if !(weight > 0) || math.IsInf(weight, 0) {
			continue
		}
		user, item := columns.Users.Codes[i], columns.Items.Codes[i]
		if users[user] < 0 {
			users[user] = number(b.users, &b.userNames, columns.Users.Values[user])
		}
		if items[item] < 0 {
			items[item] = number(b.items, &b.itemNames, columns.Items.Values[item])
		}
		b.rows = append(b.rows, Row{
			Day: day, User: users[user], Item: items[item], Weight: float32(weight),
			Bought: kind == events.Purchase || kind == events.Rating,
		})
	}
	b.rows = append(b.rows[:first], b.order.merge(b.rows[first:])...)
}

func unnumbered(values []string) []int32 {
	codes := make([]int32, len(values))
	for i := range codes {
		codes[i] = -1
	}
	return codes
}

// finish puts the rows in order, with ids numbered in their own order. A shop
// without purchases and ratings is measured on whatever counts.
func (b *builder) finish(log *Log) {
	var users, items []int32
	log.Users, users = ordered(b.userNames)
	log.Items, items = ordered(b.itemNames)
	bought := slices.ContainsFunc(b.rows, func(r Row) bool { return r.Bought })
	for i := range b.rows {
		row := &b.rows[i]
		row.User, row.Item = users[row.User], items[row.Item]
		row.Bought = row.Bought || !bought
	}
	b.order.sortDays(b.rows)
	log.Rows = b.rows
}

// ordered returns the names sorted, and where each of them went.
func ordered(names []string) (sorted []string, places []int32) {
	order := make([]int32, len(names))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return cmp.Compare(names[a], names[b]) })
	sorted, places = make([]string, len(names)), make([]int32, len(names))
	for place, i := range order {
		sorted[place], places[i] = names[i], int32(place)
	}
	return sorted, places
}
