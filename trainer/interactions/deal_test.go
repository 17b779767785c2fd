package interactions_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
	"github.com/daybreak-ml/daybreak/trainer/ranks"
	"github.com/daybreak-ml/daybreak/trainer/ranks/rankstest"
	"github.com/daybreak-ml/daybreak/trainer/tastetest"
)

// dealt is what ranks were told to make, and what they made of it.
type dealt struct {
	Source        *interactions.Source
	Users, Items  int
	rows, columns []model.CSR // by rank
}

// make deals a matrix out to ranks and transposes it.
func (d *dealt) make(ctx context.Context, s *ranks.Session, share *interactions.Share, whole model.CSR) error {
	even := func(rows int) ranks.Bounds { return ranks.Split(rows, s.Size(), func(int) float64 { return 1 }) }
	users, items := even(d.Users), even(d.Items)
	var err error
	if d.rows[s.Rank()], err = interactions.Deal(ctx, s, d.Source, share, whole, users, d.Items); err != nil {
		return err
	}
	if d.columns[s.Rank()], err = interactions.TransposeShared(ctx, s, d.rows[s.Rank()], users, items); err != nil {
		return err
	}
	return s.Exchange(ctx, func(int, io.Writer) error { return nil }, func(int, io.Reader) error { return nil }) // all have theirs
}

// together has ranks of this process read the store, and lead do with the log what
// it likes. The task forget makes rank 1 forget what it has read.
func together(t *testing.T, size int, store *events.Store, asOf events.Day, lead func(*ranks.Team, *interactions.Log, *dealt)) {
	t.Helper()
	d := &dealt{rows: make([]model.CSR, size), columns: make([]model.CSR, size)}
	team := rankstest.Team(t, size, func(rank int) ranks.Tasks {
		share := interactions.NewShare(store)
		tasks := ranks.Tasks{
			"deal": func(ctx context.Context, s *ranks.Session, settings []byte) error {
				told := dealt{rows: d.rows, columns: d.columns}
				if err := json.Unmarshal(settings, &told); err != nil {
					return err
				}
				return told.make(ctx, s, share, model.CSR{})
			},
			"forget": func(context.Context, *ranks.Session, []byte) error {
				if rank == 1 { // as if it had been started again
					share = interactions.NewShare(store)
				}
				return nil
			},
		}
		maps.Copy(tasks, share.Tasks())
		return tasks
	})
	log, err := interactions.Reader{Team: team}.Read(context.Background(), store, asOf, interactions.Options{Weights: map[string]float64{"purchase": 1}})
	require.NoError(t, err)
	lead(team, log, d)
}

// stacked puts rows of ranks below each other.
func stacked(parts []model.CSR) model.CSR {
	all := model.CSR{Indptr: []int64{0}}
	for _, part := range parts {
		offset := int64(len(all.Indices))
		for _, end := range part.Indptr[1:] {
			all.Indptr = append(all.Indptr, offset+end)
		}
		all.Indices, all.Weights = append(all.Indices, part.Indices...), append(all.Weights, part.Weights...)
	}
	return all
}

func TestRanksMakeTheMatrixThatOneMakesOfWhatTheyHaveRead(t *testing.T) {
	store, asOf := tastetest.Shop{Users: 900, Items: 700, Tastes: 7, Days: 12, PerDay: 150, Seed: 3}.Store(t)
	odd := func(r interactions.Row) bool { return r.User%3 > 0 || r.Day.Sub(asOf)%2 == 0 }
	for _, size := range []int{2, 3, 16} { // the last of them without a day each
		t.Run(fmt.Sprintf("%d ranks", size), func(t *testing.T) {
			together(t, size, store, asOf, func(team *ranks.Team, whole *interactions.Log, d *dealt) {
				for _, c := range []struct {
					name   string
					log    *interactions.Log
					admit  func(interactions.Row) bool
					forget bool
				}{
					{"all of it", whole, interactions.All, false},
					{"some of it", whole, odd, false},
					{"what came before a day", whole.SplitAt(asOf.AddDays(-4)).Before, odd, false},
					{"without some shoppers and items", whole.Filter(func(_ int, r interactions.Row) bool { return r.User%5 > 0 && r.Item%4 > 0 }), odd, false},
					{"with items that nobody had", whole.List([]string{"a", "item-0005b", "zz"}), interactions.All, false},
					{"with a rank that was started again", whole, odd, true},
				} {
					if c.forget {
						require.NoError(t, team.Do(context.Background(), "forget", nil, func(context.Context, *ranks.Session) error { return nil }))
					}
					matrix := c.log.Matrix(asOf, 9, c.admit)
					for i, weight := range matrix.Weights {
						matrix.Weights[i] = model.Saturate(weight, 2)
					}
					d.Source = c.log.Source(asOf, 9, c.admit).Saturate(2)
					d.Users, d.Items = len(c.log.Users), len(c.log.Items)
					require.NoError(t, team.Do(context.Background(), "deal", d, func(ctx context.Context, s *ranks.Session) error {
						return d.make(ctx, s, nil, matrix)
					}), c.name)
					requireSameMatrix(t, matrix, stacked(d.rows), c.name)
					requireSameMatrix(t, interactions.Transpose(matrix, d.Items), stacked(d.columns), c.name+", transposed")
				}
			})
		})
	}
}

// requireSameMatrix compares matrices without printing them.
func requireSameMatrix(t *testing.T, want, got model.CSR, name string) {
	t.Helper()
	require.True(t, fmt.Sprint(want) == fmt.Sprint(got), "%s differs", name)
}
