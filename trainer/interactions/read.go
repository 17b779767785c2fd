package interactions

import (
	"cmp"
	"context"
	"errors"
	"math"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

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

// readDays reads days, ascending, of which sizes tell the numbers of events; each
// core some that follow each other.
func readDays(ctx context.Context, store *events.Store, days []events.Day, sizes []int, options Options) (*builder, error) {
	cores := max(1, min(runtime.GOMAXPROCS(0), len(days)))
	builders := make([]*builder, cores)
	group, ctx := errgroup.WithContext(ctx)
	for core := range cores {
		group.Go(func() error {
			first, last := deal(sizes, cores, core)
			var err error
			builders[core], err = readOneAfterAnother(ctx, store, days[first:last], options)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	for _, later := range builders[1:] {
		builders[0].add(later)
	}
	return builders[0], nil
}

func readOneAfterAnother(ctx context.Context, store *events.Store, days []events.Day, options Options) (*builder, error) {
	b := &builder{}
	columns := events.Columns{Only: []string{"user_id", "item_id", "type", "value"}, Keep: true}
	for _, day := range days {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := store.ReadDayColumns(ctx, day, &columns); err != nil {
			return nil, err
		}
		b.addDay(day, &columns, options)
	}
	b.name(columns.Users.Values, columns.Items.Values)
	return b, nil
}

// builder numbers ids as they come; finish renumbers them in their own order.
type builder struct {
	users, items         map[string]int32 // made when ids are first looked up
	userNames, itemNames []string
	rows                 []Row
	order                order
}

func newBuilder() *builder {
	return &builder{users: map[string]int32{}, items: map[string]int32{}}
}

// index returns the numbers of names.
func index(names []string) map[string]int32 {
	known := make(map[string]int32, len(names))
	for i, name := range names {
		known[name] = int32(i)
	}
	return known
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
// thing that the shopper did with it that day. Ids are numbered by the columns,
// which must keep their codes.
func (b *builder) addDay(day events.Day, columns *events.Columns, options Options) {
	first := len(b.rows)
	kinds := make([]kind, len(columns.Types.Values))
	for code, name := range columns.Types.Values {
		kinds[code] = options.kind(events.Type(name))
	}
	for i, code := range columns.Types.Codes {
		kind := kinds[code]
		if kind.weight == 0 || kind.rating && !(columns.Value[i] >= options.RatingThreshold) {
			continue
		}
		b.rows = append(b.rows, Row{
			Day: day, User: columns.Users.Codes[i], Item: columns.Items.Codes[i], Weight: kind.weight, Bought: kind.bought,
		})
	}
	b.rows = append(b.rows[:first], b.order.merge(b.rows[first:])...)
}

// kind is what the events of a type have in common.
type kind struct {
	weight         float32 // 0: they don't count
	rating, bought bool
}

func (o Options) kind(name events.Type) kind {
	weight := o.Weights[string(name)]
	if !(weight > 0) || math.IsInf(weight, 0) {
		return kind{}
	}
	return kind{weight: float32(weight), rating: name == events.Rating, bought: name == events.Purchase || name == events.Rating}
}

// name gives the rows' shoppers and items their names, and drops those without
// rows.
func (b *builder) name(users, items []string) {
	ofUsers, ofItems := make([]int32, len(users)), make([]int32, len(items))
	for _, row := range b.rows {
		ofUsers[row.User], ofItems[row.Item] = 1, 1
	}
	b.userNames, b.itemNames = compact(users, ofUsers), compact(items, ofItems)
	for i := range b.rows {
		row := &b.rows[i]
		row.User, row.Item = ofUsers[row.User], ofItems[row.Item]
	}
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
	sortDays(b.rows)
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
