package ials

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
	"github.com/daybreak-ml/daybreak/trainer/ranks"
)

// The tasks that ranks share.
const (
	taskLearn = "factorise"
	taskFold  = "fold in"
)

// task is what every rank is told of a factorisation.
type task struct {
	Objective model.Factorisation
	Settings  Settings
	Source    *interactions.Source
}

// Tasks are what a rank that assists a Learner can do, with its share of what ranks
// have read; nil where they read nothing.
func Tasks(share *interactions.Share) ranks.Tasks {
	return ranks.Tasks{
		taskLearn: func(ctx context.Context, s *ranks.Session, settings []byte) error {
			p, err := newPart(s, share, settings)
			if err != nil {
				return err
			}
			return p.assist(ctx)
		},
		taskFold: func(ctx context.Context, s *ranks.Session, settings []byte) error {
			p, err := newPart(s, share, settings)
			if err != nil {
				return err
			}
			return p.fold(ctx, model.CSR{})
		},
	}
}

func newPart(s *ranks.Session, share *interactions.Share, settings []byte) (*part, error) {
	p := &part{session: s, share: share}
	if err := json.Unmarshal(settings, &p.task); err != nil {
		return nil, fmt.Errorf("settings of a task: %w", err)
	}
	return p, nil
}

// plan is what rank 0 decides when ranks come together.
type plan struct {
	users, items ranks.Bounds
	done         int64 // epochs
	entries      int64 // observed
}

// tell makes rank 0's plan every rank's.
func (p *plan) tell(ctx context.Context, s *ranks.Session) error {
	err := s.Exchange(ctx, func(_ int, w io.Writer) error {
		if !s.Leads() {
			return nil
		}
		if err := ranks.WriteValues(w, []int64{p.done, p.entries}); err != nil {
			return err
		}
		if err := p.users.Write(w); err != nil {
			return err
		}
		return p.items.Write(w)
	}, func(peer int, r io.Reader) error {
		if peer != 0 {
			return nil
		}
		var numbers [2]int64
		if err := ranks.ReadValues(r, "epochs and entries", numbers[:]); err != nil {
			return err
		}
		p.done, p.entries = numbers[0], numbers[1]
		var err error
		if p.users, err = ranks.ReadBounds(r, s.Size()); err != nil {
			return err
		}
		p.items, err = ranks.ReadBounds(r, s.Size())
		return err
	})
	if err != nil {
		return fmt.Errorf("plan: %w", err)
	}
	return nil
}
