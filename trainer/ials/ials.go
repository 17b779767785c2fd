// Package ials learns user and item factors from implicit feedback by
// alternating least squares: the objective of model.Factorisation, each half of
// an epoch solving one side's rows given the other side's.
//
// The ranks of a training share the rows of both sides. Each has all factors,
// solves its own rows and gathers the others', so that what is learned doesn't
// depend on how many there are.
//
// Source: Hu, Koren, Volinsky, Collaborative Filtering for Implicit Feedback
// Datasets, 2008; scaled regularisation and initialisation as in Rendle et al.,
// Revisiting the Performance of iALS on Item Recommendation Benchmarks, 2022.
package ials

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/model/vec"
	"github.com/daybreak-ml/daybreak/trainer/checkpoint"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
	"github.com/daybreak-ml/daybreak/trainer/ranks"
)

// Settings are what the objective doesn't say.
type Settings struct {
	Rank   int
	Epochs int
	Seed   uint64
	// InitialScale is the standard deviation of the item factors' first values
	// times √rank. With Spectral it hardly matters.
	InitialScale float64
	// Spectral starts from what the matrix's strongest directions are found to be
	// rather than from chance, and balances both sides' regularisation after the first
	// half: less than a third of an epoch, which saves one or two.
	Spectral bool
}

// Factors are the two sides, row-major.
type Factors struct {
	Users []float32 // [users, rank]
	Items []float32 // [items, rank]
}

// Epoch describes the state after one epoch.
type Epoch struct {
	Number int     // from 1
	Of     int     // epochs in all
	Loss   float64 // the objective, per observed entry
	// Took is where the time went; zero where the epoch was read from a
	// checkpoint.
	Took Took
}

// Took is what one epoch took on one rank.
type Took struct {
	Compute, Wire  float64 // seconds: at work, and waiting for other ranks or their bytes
	Sent, Received int64   // bytes to and from other ranks
}

// Learner says where factors are learned. The zero value is this process alone,
// without checkpoints.
type Learner struct {
	Team *ranks.Team
	// Source is where the ranks have the matrix from, if they have read what it is
	// made of; nil: rank 0 deals it out.
	Source      *interactions.Source
	Checkpoints *checkpoint.Folder
	Report      func(Epoch) // called after each epoch, in order; nil for nobody
	// Watch is called after each epoch that this process does, before Report, with
	// the number of epochs done and the factors, which are its own until it
	// returns; nil for nobody.
	Watch func(epochs int, factors Factors)
}

// Learn is that of a Learner alone.
func Learn(ctx context.Context, weights model.CSR, items int, objective model.Factorisation, settings Settings, report func(Epoch)) (Factors, error) {
	return Learner{Report: report}.Learn(ctx, weights, items, objective, settings)
}

// Learn factors a matrix [users, items] of weights. It is the same for the same
// input and instruction set, on any number of cores and ranks, however often
// ranks were lost. When ctx ends, it leaves a checkpoint of the last whole epoch.
func (l Learner) Learn(ctx context.Context, weights model.CSR, items int, objective model.Factorisation, settings Settings) (Factors, error) {
	r := run{Learner: l, weights: weights, items: items, task: task{Objective: objective, Settings: settings, Source: l.Source}}
	if err := r.begin(); err != nil {
		return Factors{}, err
	}
	if len(r.losses) == settings.Epochs {
		return r.factors, nil
	}
	err := l.Team.Do(ctx, taskLearn, &r.task, r.body)
	if ctx.Err() != nil {
		err = errors.Join(ctx.Err(), r.keep())
	}
	if err != nil {
		return Factors{}, err
	}
	return r.factors, nil
}

// run is one call of Learn.
type run struct {
	Learner
	task
	weights model.CSR // [users, items]
	items   int
	key     string    // of its checkpoints
	losses  []float64 // of the epochs that are done
	factors Factors   // while an epoch is under way, of no use
	whole   Factors   // after the epochs that are done; empty where nobody would come back to it
	kept    int       // epochs in the newest checkpoint
}

// begin takes up what a checkpoint holds, or starts from the seed.
func (r *run) begin() error {
	items, users, width := r.items, len(r.weights.Indptr)-1, r.Settings.Rank
	if r.Checkpoints != nil {
		var err error
		if r.key, err = r.digest(r.weights, items); err != nil {
			return err
		}
		state, found, err := r.Checkpoints.Load(r.key)
		if err != nil {
			return err
		}
		if found && len(state.Users) == users*width && len(state.Items) == items*width && len(state.Losses) <= r.Settings.Epochs {
			r.losses, r.factors = state.Losses, Factors{Users: state.Users, Items: state.Items}
			r.kept = len(r.losses)
			for i := range r.losses {
				r.report(i, Took{})
			}
		}
	}
	if r.factors.Items == nil {
		r.factors = Factors{Users: vec.Zeros(users * width), Items: r.Settings.initial(items)}
	}
	r.remember()
	return nil
}

// initial returns the item factors that every rank starts from; where they are to
// be found in the matrix, zeros.
func (s Settings) initial(items int) []float32 {
	factors := vec.Zeros(items * s.Rank)
	if s.Spectral {
		return factors
	}
	source := rand.New(rand.NewPCG(s.Seed, 0x1a15))
	scale := s.InitialScale / math.Sqrt(float64(s.Rank))
	for i := range factors {
		factors[i] = float32(scale * source.NormFloat64())
	}
	return factors
}

// body is rank 0's part of the task.
func (r *run) body(ctx context.Context, s *ranks.Session) error {
	if r.whole.Items != nil {
		copy(r.factors.Users, r.whole.Users)
		copy(r.factors.Items, r.whole.Items)
	}
	p := part{session: s, task: r.task, factors: r.factors}
	if _, err := p.receive(ctx, r.weights, r.items, len(r.losses)); err != nil {
		return err
	}
	return p.epochs(ctx, len(r.losses), func(loss float64, took Took) error {
		r.losses = append(r.losses, loss)
		r.remember()
		if r.Watch != nil {
			r.Watch(len(r.losses), r.factors)
		}
		r.report(len(r.losses)-1, took)
		if !r.Checkpoints.Due(len(r.losses), r.Settings.Epochs) {
			return nil
		}
		return r.keep()
	})
}

// remember keeps a copy of the factors where the next epoch may have to begin
// from them twice.
func (r *run) remember() {
	if r.Team == nil && r.Checkpoints == nil {
		return
	}
	r.whole.Users = append(r.whole.Users[:0], r.factors.Users...)
	r.whole.Items = append(r.whole.Items[:0], r.factors.Items...)
}

// keep writes a checkpoint of the epochs that are done, unless there is one.
func (r *run) keep() error {
	if len(r.losses) == r.kept {
		return nil
	}
	err := r.Checkpoints.Save(r.key, checkpoint.State{Losses: slices.Clone(r.losses), Users: r.whole.Users, Items: r.whole.Items})
	if err == nil {
		r.kept = len(r.losses)
	}
	return err
}

func (r *run) report(epoch int, took Took) {
	if r.Report != nil {
		r.Report(Epoch{Number: epoch + 1, Of: r.Settings.Epochs, Loss: r.losses[epoch], Took: took})
	}
}

// Fold solves every row of observed [users, items] given the item factors, which
// it leaves alone. It returns both sides, as a basis may be changed in which they
// score the same.
func (l Learner) Fold(ctx context.Context, observed model.CSR, objective model.Factorisation, items []float32, rank int) (Factors, error) {
	t := task{Objective: objective, Settings: Settings{Rank: rank}, Source: l.Source}
	var factors Factors
	err := l.Team.Do(ctx, taskFold, &t, func(ctx context.Context, s *ranks.Session) error {
		factors = Factors{Users: make([]float32, (len(observed.Indptr)-1)*rank), Items: slices.Clone(items)}
		p := part{session: s, task: t, factors: factors}
		return p.fold(ctx, observed)
	})
	if err != nil {
		return Factors{}, fmt.Errorf("fold in %d rows: %w", len(observed.Indptr)-1, err)
	}
	return factors, nil
}
