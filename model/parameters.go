package model

import (
	"fmt"
	"math"
	"slices"
	"unicode/utf8"
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

// validate reports the first thing that would make scoring go wrong: a shape that doesn't fit, a
// value that isn't finite, an index out of range, an id that is out of order.
func (p *Parameters) validate() error {
	if err := p.Config.validate(); err != nil {
		return fmt.Errorf("config: %w", err)
	}
	items, users, rank := len(p.Items), len(p.Users), p.Config.Rank
	if items == 0 {
		return fmt.Errorf("items: there are none; a model must have one or more")
	}
	if items > math.MaxInt32 || users > math.MaxInt32 {
		return fmt.Errorf("there are %d items and %d users; at most %d of each fit", items, users, math.MaxInt32)
	}
	if p.Config.Counts.Items != items || p.Config.Counts.Users != users {
		return fmt.Errorf("config: counts say %d items and %d users, but there are %d and %d",
			p.Config.Counts.Items, p.Config.Counts.Users, items, users)
	}
	if err := validateIDs("items", items, func(i int) string { return p.Items[i].ID }); err != nil {
		return err
	}
	if err := validateIDs("users", users, func(i int) string { return p.Users[i] }); err != nil {
		return err
	}
	for i, item := range p.Items {
		if math.IsNaN(item.Price) || math.IsInf(item.Price, 0) {
			return fmt.Errorf("items: price of %q is %v; it must be finite", p.Items[i].ID, item.Price)
		}
	}
	if err := validateDense("item_factors", p.ItemFactors, items, rank); err != nil {
		return err
	}
	if err := validateDense("user_factors", p.UserFactors, users, rank); err != nil {
		return err
	}
	if err := validateDense("popularity", p.Popularity, items, 1); err != nil {
		return err
	}
	if err := p.ItemItem.validate("item_item", items, items); err != nil {
		return err
	}
	return p.Past.validate("past", users, items)
}

func validateIDs(name string, n int, id func(int) string) error {
	for i := range n {
		if id(i) == "" || !utf8.ValidString(id(i)) {
			return fmt.Errorf("%s: id of row %d is %q; it must be text, and not empty", name, i, id(i))
		}
		if i > 0 && id(i) <= id(i-1) {
			return fmt.Errorf("%s: id of row %d is %q after %q; ids must ascend, each once", name, i, id(i), id(i-1))
		}
	}
	return nil
}

func validateDense(name string, values []float32, rows, columns int) error {
	if len(values) != rows*columns {
		return fmt.Errorf("%s: has %d values; shape [%d, %d] takes %d", name, len(values), rows, columns, rows*columns)
	}
	return validateFinite(name, values)
}

func validateFinite(name string, values []float32) error {
	const exponent = 0x7f800000 // all of its bits are set in infinities and NaN, and only there
	bad := slices.IndexFunc(values, func(v float32) bool { return math.Float32bits(v)&exponent == exponent })
	if bad >= 0 {
		return fmt.Errorf("%s: value %d is %v; all must be finite", name, bad, values[bad])
	}
	return nil
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
	for row := range rows {
		before := int32(-1)
		for i := c.Indptr[row]; i < c.Indptr[row+1]; i++ {
			column := c.Indices[i]
			if column <= before || int(column) >= columns {
				return fmt.Errorf("%s.indices: value %d, in row %d, is %d after %d; columns must ascend within a row and be less than %d",
					name, i, row, column, before, columns)
			}
			before = column
		}
	}
	return validateFinite(name+".weights", c.Weights)
}
