package model

import "fmt"

// A Model answers requests. It is safe for concurrent use and never changes.
type Model struct {
	parameters Parameters // of a model that was loaded, without Items and Users
	items      *itemTable
	users      idTable
	shoppers   *shoppers // nil if rows of shoppers are used as they lie
	scorer     *scorer
	mapped     []*mapping // what the tensors and tables lie in
}

// New returns a model that scores with p, which must not be changed any more. It is the model that
// Load returns after Write(dir, p).
func New(p Parameters) (*Model, error) {
	items, users, err := p.tables()
	if err != nil {
		return nil, fmt.Errorf("model parameters: %w", err)
	}
	return newModel(p, items, users)
}

func newModel(p Parameters, items *itemTable, users idTable) (*Model, error) {
	if err := p.validate(items, users); err != nil {
		return nil, fmt.Errorf("model parameters: %w", err)
	}
	m := &Model{parameters: p, items: items, users: users}
	m.scorer = newScorer(&m.parameters)
	return m, nil
}

// Close gives the mapped files back. The caller sees to it that no scoring is under way and that
// nothing that lies in the tensors is used afterwards. Closing twice does nothing.
func (m *Model) Close() error {
	err := unmapAll(m.mapped)
	m.mapped = nil
	return err
}

// Config returns what config.json says. Its maps must not be changed.
func (m *Model) Config() Config { return m.parameters.Config }

// Users returns the number of shoppers the model knows.
func (m *Model) Users() int { return m.users.len() }

// Items returns the number of items the model ranks.
func (m *Model) Items() int { return m.items.ids.len() }

// UserID returns the id of the shopper of row u.
func (m *Model) UserID(u int) string { return m.users.id(u) }

// ItemID returns the id of the item of row i.
func (m *Model) ItemID(i int) string { return m.items.ids.id(i) }

// Item returns what the model knows of the item of row i.
func (m *Model) Item(i int) ItemInfo { return m.items.info(i) }

// UserIndex returns the row of a shopper, and false for one the model doesn't know.
func (m *Model) UserIndex(id string) (int, bool) { return m.users.find(id) }

// ItemIndex returns the row of an item, and false for one the model doesn't know.
func (m *Model) ItemIndex(id string) (int, bool) { return m.items.ids.find(id) }

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

// Lift returns what the factors' part of each item's score is multiplied with, [items]. It must not be
// changed, nor used after Close.
func (m *Model) Lift() []float32 { return m.parameters.Lift }

// Training returns what the training run has to say of itself.
func (m *Model) Training() Record { return m.parameters.Training }

// Golden returns the requests whose answers the trainer wrote down.
func (m *Model) Golden() []GoldenCase { return m.parameters.Golden }
