package model

import (
	"fmt"
	"math"
	"slices"

	"github.com/daybreak-ml/daybreak/model/vec"
)

// Parameters is all that a model is made of: what the trainer learns and what its folder holds.
// A row of Items is one item, a row of Users one shopper; both ascend by id, so that a lower row is
// a lower id, and no id comes twice.
type Parameters struct {
	Config Config
	Items  []ItemInfo
	Users  []string

	ItemFactors []float32 // [items, rank], row-major
	UserFactors []float32 // [users, rank], row-major
	ItemItem    CSR       // [items, items]: row i holds the neighbours of item i
	Past        CSR       // [users, items]: row u holds what the shopper did, decayed to the as-of
	Popularity  []float32 // [items]
	Lift        []float32 // [items]: what the factors' part of an item's score is multiplied with; item_item holds it already

	Training Record
	Golden   []GoldenCase
}

// ItemInfo is what a model knows of an item beside its factors.
type ItemInfo struct {
	ID       string  `parquet:"item_id"`
	Title    string  `parquet:"title"`
	Category string  `parquet:"category"`
	Price    float64 `parquet:"price"` // in the shop's currency
	InStock  bool    `parquet:"in_stock"`
}

// Record is what a training run has to say of itself, as MLflow keeps it; it is training.json.
type Record struct {
	Params  map[string]string `json:"params"`
	Metrics []Metric          `json:"metrics"`
	Tags    map[string]string `json:"tags"`
}

// withoutNulls returns r with empty lists and maps in place of absent ones, which JSON would name
// null.
func (r Record) withoutNulls() Record {
	if r.Params == nil {
		r.Params = map[string]string{}
	}
	if r.Metrics == nil {
		r.Metrics = []Metric{}
	}
	if r.Tags == nil {
		r.Tags = map[string]string{}
	}
	return r
}

// Metric is one measurement of a training run.
type Metric struct {
	Key       string  `json:"key"`
	Value     float64 `json:"value"`
	Step      int64   `json:"step"`
	Timestamp int64   `json:"timestamp"` // milliseconds since 1970 UTC
}

// CSR is a matrix as compressed sparse rows.
type CSR struct {
	Indptr  []int64 // [rows+1]; row i lies at Indptr[i] up to Indptr[i+1] of the others
	Indices []int32 // columns, ascending within a row, each once
	Weights []float32
}

// Row returns the columns of row i that hold something, and what they hold.
func (c CSR) Row(i int) (indices []int32, weights []float32) {
	begin, end := c.Indptr[i], c.Indptr[i+1]
	return c.Indices[begin:end:end], c.Weights[begin:end:end]
}

// tables returns what lookups and filters need of p, whole and in order.
func (p *Parameters) tables() (*itemTable, idTable, error) {
	items := newItemTable(p.Items)
	users := newIDTable(len(p.Users), func(u int) string { return p.Users[u] })
	return items, users, p.validateTables(items, users)
}

// validate reports the first thing that would make scoring go wrong: a shape that doesn't fit, a
// value that isn't finite, an index out of range. The tables are whole.
func (p *Parameters) validate(items *itemTable, users idTable) error {
	if err := p.Config.validate(); err != nil {
		return fmt.Errorf("config: %w", err)
	}
	if items.ids.len() == 0 {
		return fmt.Errorf("items: there are none; a model must have one or more")
	}
	if items.ids.len() > math.MaxInt32 || users.len() > math.MaxInt32 {
		return fmt.Errorf("there are %d items and %d users; at most %d of each fit", items.ids.len(), users.len(), math.MaxInt32)
	}
	if p.Config.Counts.Items != items.ids.len() || p.Config.Counts.Users != users.len() {
		return fmt.Errorf("config: counts say %d items and %d users, but there are %d and %d",
			p.Config.Counts.Items, p.Config.Counts.Users, items.ids.len(), users.len())
	}
	return p.validateTensors()
}

// validateTables reports the first thing that would make lookups and filters go wrong.
func (p *Parameters) validateTables(items *itemTable, users idTable) error {
	if err := items.validate(); err != nil {
		return err
	}
	if err := users.validate("users"); err != nil {
		return err
	}
	for i, item := range p.Items {
		if math.IsNaN(item.Price) || math.IsInf(item.Price, 0) {
			return fmt.Errorf("items: price of %q is %v; it must be finite", p.Items[i].ID, item.Price)
		}
	}
	return nil
}

func (p *Parameters) validateTensors() error {
	items, users, rank := p.Config.Counts.Items, p.Config.Counts.Users, p.Config.Rank
	if err := validateDense("item_factors", p.ItemFactors, items, rank); err != nil {
		return err
	}
	if err := validateDense("user_factors", p.UserFactors, users, rank); err != nil {
		return err
	}
	if err := validateDense("popularity", p.Popularity, items, 1); err != nil {
		return err
	}
	if err := validateDense("lift", p.Lift, items, 1); err != nil {
		return err
	}
	if err := p.ItemItem.validate("item_item", items, items); err != nil {
		return err
	}
	return p.Past.validate("past", users, items)
}

func validateDense(name string, values []float32, rows, columns int) error {
	if len(values) != rows*columns {
		return fmt.Errorf("%s: has %d values; shape [%d, %d] takes %d", name, len(values), rows, columns, rows*columns)
	}
	return validateFinite(name, values)
}

// validateFinite looks at values as fast as memory gives them: 0 times what isn't finite isn't 0.
func validateFinite(name string, values []float32) error {
	const stretch = 1024
	var zeros [stretch]float32
	return inParallel((len(values)+stretch-1)/stretch, func(begin, end int) error {
		for s := begin; s < end; s++ {
			part := values[s*stretch : min((s+1)*stretch, len(values))]
			if vec.Dot(zeros[:len(part)], part) == 0 {
				continue
			}
			for i, value := range part {
				if math.IsNaN(float64(value)) || math.IsInf(float64(value), 0) {
					return fmt.Errorf("%s: value %d is %v; all must be finite", name, s*stretch+i, value)
				}
			}
		}
		return nil
	})
}

func (c CSR) validate(name string, rows, columns int) error {
	if len(c.Indptr) != rows+1 {
		return fmt.Errorf("%s.indptr: has %d values; %d rows take %d", name, len(c.Indptr), rows, rows+1)
	}
	if len(c.Indices) != len(c.Weights) {
		return fmt.Errorf("%s: has %d indices but %d weights", name, len(c.Indices), len(c.Weights))
	}
	if c.Indptr[0] != 0 || c.Indptr[rows] != int64(len(c.Indices)) {
		return fmt.Errorf("%s.indptr: goes from %d to %d; it must go from 0 to %d", name, c.Indptr[0], c.Indptr[rows], len(c.Indices))
	}
	if !slices.IsSorted(c.Indptr) {
		return fmt.Errorf("%s.indptr: must not descend", name)
	}
	err := inParallel(rows, func(begin, end int) error {
		for row := begin; row < end; row++ {
			before := int32(-1)
			for i, column := range c.Indices[c.Indptr[row]:c.Indptr[row+1]] {
				if column <= before || int(column) >= columns {
					return fmt.Errorf("%s.indices: value %d, in row %d, is %d after %d; columns must ascend within a row and be less than %d",
						name, c.Indptr[row]+int64(i), row, column, before, columns)
				}
				before = column
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return validateFinite(name+".weights", c.Weights)
}
