package interactions

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/trainer/ranks"
)

// Reader says where days are read. The zero value is this process alone.
type Reader struct{ Team *ranks.Team }

// Read is ReadStore by all ranks of the team: each reads some of the days, once,
// and rank 0 puts them together.
func (r Reader) Read(ctx context.Context, store *events.Store, asOf events.Day, options Options) (*Log, error) {
	days, err := store.DaysBefore(asOf)
	if err != nil {
		return nil, fmt.Errorf("read events of %s: %w", store.Root, err)
	}
	log, sizes, err := describe(store, days)
	if err != nil {
		return nil, err
	}
	err = r.Team.Do(ctx, taskRead, reading{AsOf: asOf.String(), Options: options}, func(ctx context.Context, s *ranks.Session) error {
		parts, err := readShare(ctx, s, store, days, sizes, options)
		if err != nil {
			return err
		}
		b := parts[0]
		for _, part := range parts[1:] {
			b.add(part)
		}
		b.finish(log)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(log.Rows) == 0 {
		return nil, fmt.Errorf("%w: %s has no event before %s that counts; ingest days first, and give a weight to the types it has", ErrEmpty, store.Root, asOf)
	}
	return log, nil
}

// taskRead is the task that ranks share.
const taskRead = "read"

// Tasks are what a rank that assists a Reader can do with its own sight of the
// store.
func Tasks(store *events.Store) ranks.Tasks {
	return ranks.Tasks{taskRead: func(ctx context.Context, s *ranks.Session, settings []byte) error {
		var t reading
		if err := json.Unmarshal(settings, &t); err != nil {
			return fmt.Errorf("settings of a task: %w", err)
		}
		asOf, err := events.ParseDay(t.AsOf)
		if err != nil {
			return err
		}
		days, err := store.DaysBefore(asOf)
		if err != nil {
			return fmt.Errorf("read events of %s: %w", store.Root, err)
		}
		_, sizes, err := describe(store, days)
		if err != nil {
			return err
		}
		_, err = readShare(ctx, s, store, days, sizes, t.Options)
		return err
	}}
}

// reading is what every rank is told.
type reading struct {
	AsOf    string
	Options Options
}

// readShare reads this rank's days and returns all ranks' on rank 0, in the order of
// days.
func readShare(ctx context.Context, s *ranks.Session, store *events.Store, days []events.Day, sizes []int, options Options) ([]*builder, error) {
	first, last := deal(sizes, s.Size(), s.Rank())
	own, err := readDays(ctx, store, days[first:last], sizes[first:last], options)
	if err != nil {
		return nil, err
	}
	parts := make([]*builder, s.Size())
	parts[s.Rank()] = own
	err = s.Exchange(ctx, func(peer int, w io.Writer) error {
		if peer != 0 {
			return nil
		}
		return ranks.Pack(w, own.write)
	}, func(peer int, r io.Reader) error {
		if !s.Leads() {
			return nil
		}
		return ranks.Unpack(r, func(r io.Reader) error {
			var err error
			parts[peer], err = readBuilder(r)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("put days together: %w", err)
	}
	return parts, nil
}

// deal returns which days a rank reads, so that each has about as many events.
func deal(sizes []int, ranks, rank int) (first, last int) {
	total := 0
	for _, size := range sizes {
		total += size
	}
	before, day := 0, 0
	upTo := func(target int) int {
		for day < len(sizes) && before+sizes[day]/2 < target {
			before += sizes[day]
			day++
		}
		return day
	}
	first = upTo(total * rank / ranks)
	if rank == ranks-1 {
		return first, len(sizes)
	}
	return first, upTo(total * (rank + 1) / ranks)
}
