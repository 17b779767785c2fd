package ials

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/model/vec"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
	"github.com/daybreak-ml/daybreak/trainer/ranks"
)

// part is what one rank has of a factorisation.
type part struct {
	session        *ranks.Session
	task           task
	share          *interactions.Share  // of what ranks have read; nil: rank 0 deals out
	users, items   ranks.Bounds         // whose rows are whose
	byUser, byItem model.CSR            // this rank's rows, of all items and all users
	factors        Factors              // both sides, of all ranks
	entries        int64                // observed, of all ranks
	itemGramian    []float32            // of the items as they are, where it is known: its upper triangle
	mutex          sync.Mutex           // of gramians
	gramians       []*vec.Gramian       // to sum them with
	sums           ranks.Spare[float32] // the memory of Gramians
	decomposer     *decomposer
	objectives     []float64 // what each of this rank's items added to the objective when it was last solved
	first          *System   // of the first half-epoch, where the start has made one
}

// receive gives each rank its rows of the matrix and of its transpose and, where
// epochs have been done, the factors; it returns how many. The other ranks'
// arguments are not looked at.
func (p *part) receive(ctx context.Context, weights model.CSR, items, done int) (epochs int, err error) {
	s := p.session
	plan := plan{done: int64(done), entries: int64(len(weights.Indices))}
	if s.Leads() {
		plan.users, plan.items = p.split(weights.Indptr, descentCost), ranks.Bounds{0, items}
		if s.Size() > 1 {
			plan.items = p.split(columnEnds(weights, items), descentCost)
		}
	}
	if err := plan.tell(ctx, s); err != nil {
		return 0, err
	}
	p.users, p.items, p.entries = plan.users, plan.items, plan.entries
	if int(plan.done) == p.task.Settings.Epochs {
		return int(plan.done), nil
	}
	width := p.task.Settings.Rank
	if p.byUser, err = interactions.Deal(ctx, s, p.task.Source, p.share, weights, p.users, p.items.Rows()); err != nil {
		return 0, fmt.Errorf("deal out shoppers: %w", err)
	}
	if p.byItem, err = interactions.TransposeShared(ctx, s, p.byUser, p.users, p.items); err != nil {
		return 0, fmt.Errorf("deal out items: %w", err)
	}
	if !s.Leads() {
		p.factors = Factors{Users: vec.Zeros(p.users.Rows() * width), Items: p.task.Settings.initial(p.items.Rows())}
	}
	p.decomposer = newDecomposer(width)
	for sum := range p.decomposer.lend() {
		p.sums.Give(sum)
	}
	if plan.done == 0 {
		return 0, nil
	}
	if err := ranks.Broadcast(ctx, s, p.factors.Users, p.users, width); err != nil {
		return 0, fmt.Errorf("hand on shoppers' factors: %w", err)
	}
	if err := ranks.Broadcast(ctx, s, p.factors.Items, p.items, width); err != nil {
		return 0, fmt.Errorf("hand on items' factors: %w", err)
	}
	return int(plan.done), nil
}

// split deals rows out by what they cost to solve, given where each ends.
func (p *part) split(ends []int64, cost func(entries int) float64) ranks.Bounds {
	return ranks.Split(len(ends)-1, p.session.Size(), func(row int) float64 { return cost(int(ends[row+1] - ends[row])) })
}

// columnEnds returns where the rows of a matrix's transpose end.
func columnEnds(m model.CSR, columns int) []int64 {
	ends := make([]int64, columns+1)
	for _, column := range m.Indices {
		ends[column+1]++
	}
	for column := range columns {
		ends[column+1] += ends[column]
	}
	return ends
}

// assist is the part of a rank other than 0.
func (p *part) assist(ctx context.Context) error {
	done, err := p.receive(ctx, model.CSR{}, 0, 0)
	if err != nil {
		return err
	}
	epoch := done
	return p.epochs(ctx, done, func(loss float64, took Took) error {
		epoch++
		slog.Info("epoch", "rank", p.session.Rank(), "epoch", epoch, "of", p.task.Settings.Epochs, "loss", loss,
			"compute_seconds", took.Compute, "wire_seconds", took.Wire, "sent_bytes", took.Sent, "received_bytes", took.Received)
		return nil
	})
}

// epochs does those that are left, and calls after with the loss of each.
func (p *part) epochs(ctx context.Context, done int, after func(loss float64, took Took) error) error {
	for epoch := done; epoch < p.task.Settings.Epochs; epoch++ {
		watch := newWatch(p.session)
		begins := epoch == 0 && p.task.Settings.Spectral
		if begins {
			if err := p.start(ctx); err != nil {
				return fmt.Errorf("start: %w", err)
			}
		}
		loss, err := p.epoch(ctx, begins)
		if err != nil {
			return fmt.Errorf("epoch %d: %w", epoch+1, err)
		}
		if err := after(loss, watch.took()); err != nil {
			return err
		}
	}
	return nil
}

// epoch solves both sides; in between it may balance them.
func (p *part) epoch(ctx context.Context, balance bool) (loss float64, err error) {
	system, err := p.ofItems(ctx)
	if err != nil {
		return 0, fmt.Errorf("shoppers: %w", err)
	}
	if err := p.half(ctx, system, p.byUser, p.factors.Items, p.factors.Users, nil, p.users, ranks.Everyone); err != nil {
		return 0, fmt.Errorf("shoppers: %w", err)
	}
	if balance {
		if err := p.balance(ctx); err != nil {
			return 0, err
		}
	}
	userGramian, err := p.gramian(ctx, p.factors.Users, p.users)
	if err != nil {
		return 0, err
	}
	if system, err = p.system(userGramian); err != nil {
		return 0, fmt.Errorf("items: %w", err)
	}
	if p.objectives == nil {
		first, last := p.items.Of(p.session.Rank())
		p.objectives = make([]float64, last-first)
	}
	if err := p.half(ctx, system, p.byItem, p.factors.Users, p.factors.Items, p.objectives, p.items, ranks.Everyone); err != nil {
		return 0, fmt.Errorf("items: %w", err)
	}
	if p.itemGramian, err = p.gramian(ctx, p.factors.Items, p.items); err != nil {
		return 0, err
	}
	return p.loss(ctx)
}

// ofItems returns the system to solve shoppers in.
func (p *part) ofItems(ctx context.Context) (system *System, err error) {
	if p.first != nil {
		system, p.first = p.first, nil
		return system, nil
	}
	if p.itemGramian == nil {
		if p.itemGramian, err = p.gramian(ctx, p.factors.Items, p.items); err != nil {
			return nil, err
		}
	}
	return p.system(p.itemGramian)
}

// system prepares to solve against factors whose Gramian, which gramian has
// returned, is given and is of no more use then. It is itself of use until the next
// Gramian.
func (p *part) system(gramian []float32) (*System, error) {
	defer p.sums.Give(gramian)
	return p.decomposer.system(p.task.Objective, gramian)
}

// fold solves the rows of rank 0's matrix given its item factors.
func (p *part) fold(ctx context.Context, observed model.CSR) error {
	s, width := p.session, p.task.Settings.Rank
	plan := plan{}
	if s.Leads() {
		plan.users = p.split(observed.Indptr, exactCost(width))
		plan.items = ranks.Split(len(p.factors.Items)/width, s.Size(), func(int) float64 { return 1 })
	}
	if err := plan.tell(ctx, s); err != nil {
		return err
	}
	p.users, p.items = plan.users, plan.items
	if !s.Leads() {
		p.factors = Factors{Users: make([]float32, p.users.Rows()*width), Items: make([]float32, p.items.Rows()*width)}
	}
	var err error
	if p.byUser, err = interactions.Deal(ctx, s, p.task.Source, p.share, observed, p.users, p.items.Rows()); err != nil {
		return fmt.Errorf("deal out shoppers: %w", err)
	}
	if err := ranks.Broadcast(ctx, s, p.factors.Items, p.items, width); err != nil {
		return fmt.Errorf("hand on items' factors: %w", err)
	}
	upper, err := p.gramian(ctx, p.factors.Items, p.items)
	if err != nil {
		return err
	}
	gramian := make([]float32, width*width)
	for i := range width {
		for j := range i + 1 {
			gramian[i*width+j] = vec.UpperAt(upper, j, i)
		}
	}
	return p.half(ctx, NewExactSystem(p.task.Objective, gramian, width), p.byUser, p.factors.Items, p.factors.Users, nil, p.users, ranks.Leader)
}

// watch tells what an epoch takes.
type watch struct {
	session *ranks.Session
	begin   time.Time
	before  ranks.Traffic
}

func newWatch(s *ranks.Session) watch {
	return watch{session: s, begin: time.Now(), before: s.Traffic()}
}

func (w watch) took() Took {
	now := w.session.Traffic()
	wire := (now.Waited - w.before.Waited).Seconds()
	return Took{
		Compute: time.Since(w.begin).Seconds() - wire, Wire: wire,
		Sent: now.Sent - w.before.Sent, Received: now.Received - w.before.Received,
	}
}
