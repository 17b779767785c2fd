package interactions

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/trainer/ranks"
)

// Reader says where days are read. The zero value is this process alone.
type Reader struct{ Team *ranks.Team }

// Read is ReadStore by all ranks of the team: each reads some of the days, once,
// and keeps them. Rank 0 puts all of them together and numbers them.
func (r Reader) Read(ctx context.Context, store *events.Store, asOf events.Day, options Options) (*Log, error) {
	days, err := store.DaysBefore(asOf)
	if err != nil {
		return nil, fmt.Errorf("read events of %s: %w", store.Root, err)
	}
	log, sizes, err := describe(store, days)
	if err != nil {
		return nil, err
	}
	of := reading{ID: rand.Text(), AsOf: asOf.String(), Options: options}
	err = r.Team.Do(ctx, taskRead, of, func(ctx context.Context, s *ranks.Session) error {
		own, err := readShare(ctx, s, store, days, sizes, options)
		if err != nil {
			return err
		}
		parts, err := collect(ctx, s, own)
		if err != nil {
			return err
		}
		join(parts).fill(log)
		if s.Size() == 1 {
			return nil
		}
		log.origin = &origin{log: log, reading: of, days: days, sizes: sizes}
		return log.tellNumbers(ctx, s, parts)
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

// Tasks are what a rank that assists a Reader can do with its share.
func (s *Share) Tasks() ranks.Tasks {
	return ranks.Tasks{taskRead: func(ctx context.Context, session *ranks.Session, settings []byte) error {
		var of reading
		if err := json.Unmarshal(settings, &of); err != nil {
			return fmt.Errorf("settings of a task: %w", err)
		}
		own, err := s.read(ctx, session, of)
		if err != nil {
			return err
		}
		if _, err := collect(ctx, session, own); err != nil {
			return err
		}
		numbers, err := hearNumbers(ctx, session)
		if err != nil {
			return err
		}
		return s.keep(of.ID, own, numbers)
	}}
}

// reading is what every rank is told of one.
type reading struct {
	ID      string
	AsOf    string
	Options Options
}

// readShare reads this rank's days.
func readShare(ctx context.Context, s *ranks.Session, store *events.Store, days []events.Day, sizes []int, options Options) (*part, error) {
	first, last := deal(sizes, s.Size(), s.Rank())
	return readDays(ctx, store, days[first:last], sizes[first:last], options)
}

// collect returns what all ranks have read on rank 0, in the order of days.
func collect(ctx context.Context, s *ranks.Session, own *part) ([]*part, error) {
	parts := make([]*part, s.Size())
	parts[s.Rank()] = own
	err := s.Exchange(ctx, func(peer int, w io.Writer) error {
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
			parts[peer], err = readPart(r)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("put days together: %w", err)
	}
	return parts, nil
}

// tellNumbers tells each rank the numbers of the ids that it has read.
func (l *Log) tellNumbers(ctx context.Context, s *ranks.Session, parts []*part) error {
	known := l.directory()
	err := s.Exchange(ctx, func(peer int, w io.Writer) error {
		numbers, err := known.numbering(parts[peer].users, parts[peer].items)
		if err != nil {
			return err
		}
		return ranks.Pack(w, numbers.write)
	}, nothing)
	if err != nil {
		return fmt.Errorf("number what was read: %w", err)
	}
	return nil
}

func hearNumbers(ctx context.Context, s *ranks.Session) (numbers numbering, err error) {
	err = s.Exchange(ctx, func(int, io.Writer) error { return nil }, func(peer int, r io.Reader) error {
		if peer != 0 {
			return nil
		}
		return ranks.Unpack(r, func(r io.Reader) error {
			var err error
			numbers, err = readNumbering(r)
			return err
		})
	})
	if err != nil {
		return numbering{}, fmt.Errorf("number what was read: %w", err)
	}
	return numbers, nil
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
