package model

import (
	"fmt"
	"slices"
	"sort"
	"unicode/utf8"
	"unsafe"
)

// An idTable is the ids of a model's items or shoppers, ascending, row by row, in two pieces of
// memory however many there are. It may lie in a mapped file.
type idTable struct {
	offsets []int64 // [n+1]: id i lies at offsets[i] up to offsets[i+1] of text
	text    []byte
}

// newIDTable returns a table of n ids.
func newIDTable(n int, id func(i int) string) idTable {
	t := idTable{offsets: make([]int64, n+1)}
	for i := range n {
		t.offsets[i+1] = t.offsets[i] + int64(len(id(i)))
	}
	t.text = make([]byte, 0, t.offsets[n])
	for i := range n {
		t.text = append(t.text, id(i)...)
	}
	return t
}

func (t idTable) len() int { return len(t.offsets) - 1 }

// view returns the id of row i, which lies in the table's memory: it must not outlive that.
func (t idTable) view(i int) string {
	begin, end := t.offsets[i], t.offsets[i+1]
	return unsafe.String(unsafe.SliceData(t.text[begin:end]), int(end-begin))
}

// id returns the id of row i.
func (t idTable) id(i int) string { return string(t.text[t.offsets[i]:t.offsets[i+1]]) }

// find returns the row of an id.
func (t idTable) find(id string) (row int, found bool) {
	row = sort.Search(t.len(), func(i int) bool { return t.view(i) >= id })
	return row, row < t.len() && t.view(row) == id
}

// checkOffsets reports an id that lies outside the text, as it may in a table read from a file.
func (t idTable) checkOffsets(name string) error {
	if len(t.offsets) == 0 || t.offsets[0] != 0 || t.offsets[t.len()] != int64(len(t.text)) {
		return fmt.Errorf("%s: the ids must fill their text", name)
	}
	if !slices.IsSorted(t.offsets) {
		return fmt.Errorf("%s: the ids' offsets must not descend", name)
	}
	return nil
}

// validate reports an id that lies outside the text, is empty or no text, or is out of order.
func (t idTable) validate(name string) error {
	if err := t.checkOffsets(name); err != nil {
		return err
	}
	return inParallel(t.len(), func(begin, end int) error {
		for i := begin; i < end; i++ {
			id := t.view(i)
			if id == "" || !utf8.ValidString(id) {
				return fmt.Errorf("%s: id of row %d is %q; it must be text, and not empty", name, i, id)
			}
			if i > 0 && id <= t.view(i-1) {
				return fmt.Errorf("%s: id of row %d is %q after %q; ids must ascend, each once", name, i, id, t.view(i-1))
			}
		}
		return nil
	})
}
