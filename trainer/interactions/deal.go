package interactions

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/ranks"
)

// Deal returns this rank's rows of a matrix with the given number of columns. Where
// source says how, each rank makes what it has read into entries and gives them
// straight to the others; else rank 0 deals out whole, which only it has.
func Deal(ctx context.Context, s *ranks.Session, source *Source, share *Share, whole model.CSR, bounds ranks.Bounds, columns int) (model.CSR, error) {
	if source == nil || s.Size() == 1 {
		return s.Scatter(ctx, whole, bounds, columns)
	}
	if bounds.Rows() != source.Users || columns != source.Items {
		return model.CSR{}, fmt.Errorf("a matrix of %d rows and %d columns is to be made as one of %d and %d", bounds.Rows(), columns, source.Users, source.Items)
	}
	var entries []entry
	var err error
	if s.Leads() {
		entries, err = source.lead(ctx, s)
	} else {
		entries, err = source.assist(ctx, s, share)
	}
	if err != nil {
		return model.CSR{}, err
	}
	received, err := shuffle(ctx, s, entries, bounds, columns)
	if err != nil {
		return model.CSR{}, fmt.Errorf("exchange interactions: %w", err)
	}
	if s.Leads() {
		return ranks.Part(whole, bounds[0], bounds[1]), nil
	}
	begin, end := bounds.Of(s.Rank())
	own := matrixOf(byUserAndItem(received, end-begin, columns), end-begin)
	source.saturate(own)
	return own, nil
}

// lead tells the other ranks which of the rows that they have read are in the
// matrix, and returns the entries of what this one has read.
func (s *Source) lead(ctx context.Context, session *ranks.Session) ([]entry, error) {
	from := s.log.origin
	chosen, err := s.selection()
	if err != nil {
		return nil, err
	}
	known := sync.OnceValue(from.log.directory)
	numberings := make([]*numbering, session.Size()) // of the ranks that have been started again
	err = session.Exchange(ctx, func(int, io.Writer) error { return nil }, func(peer int, r io.Reader) error {
		return ranks.Unpack(r, func(r io.Reader) error {
			users, items, asks, err := readNames(r)
			if err != nil || !asks {
				return err
			}
			n, err := known().numbering(users, items)
			numberings[peer] = &n
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	err = session.Exchange(ctx, func(peer int, w io.Writer) error {
		return ranks.Pack(w, func(w io.Writer) error {
			if n := numberings[peer]; n != nil {
				if err := n.write(w); err != nil {
					return err
				}
			}
			begin, end := from.rowsOf(peer, session.Size())
			return chosen.write(w, begin, end, s.Users, s.Items)
		})
	}, nothing)
	if err != nil {
		return nil, err
	}
	begin, end := from.rowsOf(0, session.Size())
	chosen.rows = chosen.rows[begin:end]
	return s.entries(from.log.Rows[begin:end], chosen), nil
}

// assist returns the entries of what this rank has read. It reads it again where
// it has been started again since.
func (s *Source) assist(ctx context.Context, session *ranks.Session, share *Share) ([]entry, error) {
	if share == nil {
		return nil, errors.New("this rank has read no events")
	}
	var again *part
	if share.reading != s.Reading.ID {
		var err error
		if again, err = share.read(ctx, session, s.Reading); err != nil {
			return nil, err
		}
	}
	err := session.Exchange(ctx, func(peer int, w io.Writer) error {
		if peer != 0 {
			return nil
		}
		return ranks.Pack(w, func(w io.Writer) error { return writeNames(w, again) })
	}, nothing)
	if err != nil {
		return nil, err
	}
	var chosen selection
	err = session.Exchange(ctx, func(int, io.Writer) error { return nil }, func(peer int, r io.Reader) error {
		if peer != 0 {
			return nil
		}
		return ranks.Unpack(r, func(r io.Reader) error {
			if again != nil {
				n, err := readNumbering(r)
				if err != nil {
					return err
				}
				if err := share.keep(s.Reading.ID, again, n); err != nil {
					return err
				}
			}
			var err error
			chosen, err = readSelection(r, share, s)
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	return s.entries(share.rows, chosen), nil
}

// nothing takes what a peer that gives nothing gives.
func nothing(int, io.Reader) error { return nil }

// writeNames sends the names of what was read again; of nothing, that they aren't
// asked for.
func writeNames(w io.Writer, again *part) error {
	if again == nil {
		return ranks.WriteValues(w, []uint8{0})
	}
	if err := ranks.WriteValues(w, []uint8{1}); err != nil {
		return err
	}
	if err := ranks.WriteTexts(w, again.users); err != nil {
		return err
	}
	return ranks.WriteTexts(w, again.items)
}

func readNames(r io.Reader) (users, items []string, asks bool, err error) {
	var flag [1]uint8
	if err := ranks.ReadValues(r, "whether names come", flag[:]); err != nil || flag[0] == 0 {
		return nil, nil, false, err
	}
	if users, err = ranks.ReadTexts(r, "shoppers"); err != nil {
		return nil, nil, false, err
	}
	if items, err = ranks.ReadTexts(r, "items"); err != nil {
		return nil, nil, false, err
	}
	return users, items, true, nil
}
