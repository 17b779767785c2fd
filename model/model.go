package model

import "fmt"

// A Model answers requests. It is safe for concurrent use and never changes.
type Model struct {
	parameters Parameters
	userIndex  map[string]int // row of a user id
	itemIndex  map[string]int // row of an item id
	scorer     *scorer
	mapped     *mapping // what the tensors lie in, or nil
}

// New returns a model that scores with p, which must not be changed any more. It is the model that
// Load returns after Write(dir, p).
func New(p Parameters) (*Model, error) {
	if err := p.validate(); err != nil {
		return nil, fmt.Errorf("model parameters: %w", err)
	}
	m := &Model{
		parameters: p,
		userIndex:  make(map[string]int, len(p.Users)),
		itemIndex:  make(map[string]int, len(p.Items)),
	}
	for u, id := range p.Users {
		m.userIndex[id] = u
	}
	for i, item := range p.Items {
		m.itemIndex[item.ID] = i
	}
	m.scorer = newScorer(&m.parameters)
	return m, nil
}

// Close gives the mapped tensors back. The caller sees to it that no scoring is under way and that
// nothing that lies in the tensors is used afterwards. Closing twice does nothing.
func (m *Model) Close() error {
	if m.mapped == nil {
		return nil
	}
	err := m.mapped.unmap()
	m.mapped = nil
	return err
}

// Config returns what config.json says. Its maps must not be changed.
func (m *Model) Config() Config { return m.parameters.Config }

// Users returns the number of shoppers the model knows.
func (m *Model) Users() int { return len(m.parameters.Users) }

// Items returns the number of items the model ranks.
func (m *Model) Items() int { return len(m.parameters.Items) }

// UserID returns the id of the shopper of row u.
func (m *Model) UserID(u int) string { return m.parameters.Users[u] }

// ItemID returns the id of the item of row i.
func (m *Model) ItemID(i int) string { return m.parameters.Items[i].ID }

// Item returns what the model knows of the item of row i.
func (m *Model) Item(i int) ItemInfo { return m.parameters.Items[i] }

// UserIndex returns the row of a shopper, and false for one the model doesn't know.
func (m *Model) UserIndex(id string) (int, bool) {
	u, ok := m.userIndex[id]
	return u, ok
}

// ItemIndex returns the row of an item, and false for one the model doesn't know.
func (m *Model) ItemIndex(id string) (int, bool) {
	i, ok := m.itemIndex[id]
	return i, ok
}

// ItemFactor returns the factor of item i, [rank]. It must not be changed, nor used after Close.
func (m *Model) ItemFactor(i int) []float32 {
	rank := m.parameters.Config.Rank
	return m.parameters.ItemFactors[i*rank : (i+1)*rank : (i+1)*rank]
}

// UserFactor returns the factor of shopper u, [rank]. It must not be changed, nor used after Close.
func (m *Model) UserFactor(u int) []float32 {
	rank := m.parameters.Config.Rank
	return m.parameters.UserFactors[u*rank : (u+1)*rank : (u+1)*rank]
}

// ItemItem returns the item-to-item weights, [items, items]. They must not be changed, nor used
// after Close.
func (m *Model) ItemItem() CSR { return m.parameters.ItemItem }

// Past returns each shopper's own items, [users, items]. They must not be changed, nor used after
// Close.
func (m *Model) Past() CSR { return m.parameters.Past }

// Popularity returns each item's popularity, [items]. It must not be changed, nor used after Close.
func (m *Model) Popularity() []float32 { return m.parameters.Popularity }

// Training returns what the training run has to say of itself.
func (m *Model) Training() Record { return m.parameters.Training }

// Golden returns the requests whose answers the trainer wrote down.
func (m *Model) Golden() []GoldenCase { return m.parameters.Golden }
