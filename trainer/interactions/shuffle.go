package interactions

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/ranks"
)

// shuffle gives each rank but rank 0, which has them, the entries of its users, and
// returns what this rank is given and has itself: by the rank they came from, each
// rank's in the order it has them in, users counted from the first of its own.
func shuffle(ctx context.Context, s *ranks.Session, entries []entry, bounds ranks.Bounds, items int) ([]entry, error) {
	parts := make([][]entry, s.Size())
	of := func(rank int) []entry {
		begin, end := bounds.Of(rank)
		first, _ := slices.BinarySearchFunc(entries, begin, func(e entry, user int) int { return int(e.user) - user })
		last, _ := slices.BinarySearchFunc(entries, end, func(e entry, user int) int { return int(e.user) - user })
		return entries[first:last]
	}
	err := s.Exchange(ctx, func(peer int, w io.Writer) error {
		if peer == 0 {
			return nil
		}
		begin, _ := bounds.Of(peer)
		return ranks.Pack(w, func(w io.Writer) error { return writeEntries(w, of(peer), begin) })
	}, func(peer int, r io.Reader) error {
		if s.Leads() {
			return nil
		}
		begin, end := bounds.Of(s.Rank())
		return ranks.Unpack(r, func(r io.Reader) error {
			var err error
			parts[peer], err = readEntries(r, end-begin, items)
			return err
		})
	})
	if err != nil || s.Leads() {
		return nil, err
	}
	begin, _ := bounds.Of(s.Rank())
	own := of(s.Rank())
	for i := range own {
		own[i].user -= int32(begin)
	}
	parts[s.Rank()] = own
	return slices.Concat(parts...), nil
}

// writeEntries sends entries, column by column, with users as steps from one to the
// next, which compress.
func writeEntries(w io.Writer, entries []entry, begin int) error {
	steps, items, weights := make([]int32, len(entries)), make([]int32, len(entries)), make([]float32, len(entries))
	last := int32(begin)
	for i, e := range entries {
		steps[i], items[i], weights[i] = e.user-last, e.item, e.weight
		last = e.user
	}
	if err := ranks.WriteSlice(w, steps); err != nil {
		return err
	}
	if err := ranks.WriteSlice(w, items); err != nil {
		return err
	}
	return ranks.WriteSlice(w, weights)
}

// readEntries reads what writeEntries sent, and checks it.
func readEntries(r io.Reader, users, items int) ([]entry, error) {
	steps, err := ranks.ReadSlice[int32](r, "users")
	if err != nil {
		return nil, fmt.Errorf("read entries: %w", err)
	}
	columns, err := ranks.ReadSlice[int32](r, "items")
	if err != nil {
		return nil, fmt.Errorf("read entries: %w", err)
	}
	weights, err := ranks.ReadSlice[float32](r, "weights")
	if err != nil {
		return nil, fmt.Errorf("read entries: %w", err)
	}
	if len(columns) != len(steps) || len(weights) != len(steps) {
		return nil, fmt.Errorf("read entries: %d users, %d items, %d weights", len(steps), len(columns), len(weights))
	}
	entries := make([]entry, len(steps))
	user := 0
	for i, item := range columns {
		user += int(steps[i])
		if steps[i] < 0 || user >= users || item < 0 || int(item) >= items {
			return nil, fmt.Errorf("read entries: entry %d is of user %d and item %d, of %d and %d", i, user, item, users, items)
		}
		entries[i] = entry{int32(user), item, weights[i]}
	}
	return entries, nil
}

// TransposeShared returns this rank's rows of a matrix's transpose, whose rows ranks
// have by rows and whose columns by columns. Each gives its part straight to the
// others.
func TransposeShared(ctx context.Context, s *ranks.Session, own model.CSR, rows, columns ranks.Bounds) (model.CSR, error) {
	transposed := Transpose(own, columns.Rows())
	if s.Size() == 1 {
		return transposed, ctx.Err()
	}
	begin, end := columns.Of(s.Rank())
	parts := make([]model.CSR, s.Size())
	parts[s.Rank()] = ranks.Part(transposed, begin, end)
	err := s.Exchange(ctx, func(peer int, w io.Writer) error {
		begin, end := columns.Of(peer)
		return ranks.Pack(w, func(w io.Writer) error { return ranks.WriteMatrix(w, ranks.Part(transposed, begin, end)) })
	}, func(peer int, r io.Reader) error {
		return ranks.Unpack(r, func(r io.Reader) error {
			first, last := rows.Of(peer)
			var err error
			if parts[peer], err = ranks.ReadMatrix(r, last-first); err != nil {
				return err
			}
			if got := len(parts[peer].Indptr) - 1; got != end-begin {
				return fmt.Errorf("rank %d gave %d rows where %d were expected", peer, got, end-begin)
			}
			return nil
		})
	})
	if err != nil {
		return model.CSR{}, err
	}
	return beside(parts, rows), nil
}

// beside returns matrices with the same number of rows as one, whose columns are
// those of the first, then of the second, and so on, as bounds have them.
func beside(parts []model.CSR, bounds ranks.Bounds) model.CSR {
	count := len(parts[0].Indptr) - 1
	joined := model.CSR{Indptr: make([]int64, count+1)}
	for row := range count {
		for _, part := range parts {
			joined.Indptr[row+1] += part.Indptr[row+1] - part.Indptr[row]
		}
		joined.Indptr[row+1] += joined.Indptr[row]
	}
	joined.Indices = make([]int32, joined.Indptr[count])
	joined.Weights = make([]float32, joined.Indptr[count])
	next := slices.Clone(joined.Indptr[:count])
	for rank, part := range parts {
		offset, _ := bounds.Of(rank)
		for row := range count {
			columns, weights := part.Row(row)
			for i, column := range columns {
				joined.Indices[next[row]], joined.Weights[next[row]] = int32(offset)+column, weights[i]
				next[row]++
			}
		}
		parts[rank] = model.CSR{}
	}
	return joined
}
