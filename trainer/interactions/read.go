package interactions

import (
	"context"
	"errors"
	"math"
	"runtime"

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
func readDays(ctx context.Context, store *events.Store, days []events.Day, sizes []int, options Options) (*part, error) {
	cores := max(1, min(runtime.GOMAXPROCS(0), len(days)))
	parts := make([]*part, cores)
	group, ctx := errgroup.WithContext(ctx)
	for core := range cores {
		group.Go(func() error {
			first, last := deal(sizes, cores, core)
			var err error
			parts[core], err = readOneAfterAnother(ctx, store, days[first:last], options)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return join(parts), nil
}

func readOneAfterAnother(ctx context.Context, store *events.Store, days []events.Day, options Options) (*part, error) {
	columns := events.Columns{Only: []string{"user_id", "item_id", "type", "value"}, Keep: true}
	rows := make([][]Row, len(days))
	for i, day := range days {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := store.ReadDayColumns(ctx, day, &columns); err != nil {
			return nil, err
		}
		rows[i] = options.count(day, &columns)
	}
	return newPart(rows, columns.Users.Values, columns.Items.Values), nil
}

// count returns a row for each of a day's events that counts. Its ids are the
// columns' codes.
func (o Options) count(day events.Day, columns *events.Columns) []Row {
	kinds := make([]kind, len(columns.Types.Values))
	for code, name := range columns.Types.Values {
		kinds[code] = o.kind(events.Type(name))
	}
	most := 0
	for _, code := range columns.Types.Codes {
		if kinds[code].weight > 0 {
			most++
		}
	}
	rows := make([]Row, 0, most)
	for i, code := range columns.Types.Codes {
		kind := kinds[code]
		if kind.weight == 0 || kind.rating && !(columns.Value[i] >= o.RatingThreshold) {
			continue
		}
		rows = append(rows, Row{
			Day: day, User: columns.Users.Codes[i], Item: columns.Items.Codes[i], Weight: kind.weight, Bought: kind.bought,
		})
	}
	return rows
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
