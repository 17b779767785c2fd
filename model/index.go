package model

import (
	"bytes"
	"fmt"
	"sync"

	"github.com/daybreak-ml/daybreak/model/safetensors"
)

// The index files say again, in a form that is mapped rather than decoded, what a predictor needs of
// users.parquet and items.parquet before its first request. They are safetensors, too:
//
//	users.index  offsets int64 [users+1], text uint8: the ids, ascending
//	items.index  the same for items, and
//	             category int32 [items], in_stock int64 [⌈items/64⌉] a bit for each,
//	             categories.offsets int64 [categories+1], categories.text uint8
//
// A folder without them is read from the Parquet files.

func (t idTable) tensors(prefix string) []safetensors.Tensor {
	return []safetensors.Tensor{
		{Name: prefix + "offsets", DType: safetensors.Int64, Shape: []int{len(t.offsets)}, Data: asBytes(t.offsets)},
		{Name: prefix + "text", DType: safetensors.U8, Shape: []int{len(t.text)}, Data: t.text},
	}
}

func (t *itemTable) tensors() []safetensors.Tensor {
	stock := make([]int64, len(t.inStock))
	for w, word := range t.inStock {
		stock[w] = int64(word)
	}
	all := append(t.ids.tensors(""),
		safetensors.Tensor{Name: "category", DType: safetensors.Int32, Shape: []int{len(t.category)}, Data: asBytes(t.category)},
		safetensors.Tensor{Name: "in_stock", DType: safetensors.Int64, Shape: []int{len(stock)}, Data: asBytes(stock)})
	return append(all, newIDTable(len(t.categories), func(i int) string { return t.categories[i] }).tensors("categories.")...)
}

func encodeIndex(tensors []safetensors.Tensor) ([]byte, error) {
	var file bytes.Buffer
	err := safetensors.Encode(&file, tensors)
	return file.Bytes(), err
}

// takeIDs takes a table of n ids, or of any number if n is negative, out of an index file.
func (t *taker) takeIDs(prefix string, n int) idTable {
	if n < 0 {
		n = max(t.length(prefix+"offsets"), 1) - 1
	}
	return idTable{
		offsets: takeTensor[int64](t, prefix+"offsets", safetensors.Int64, n+1),
		text:    t.takeText(prefix + "text"),
	}
}

// length returns the length of a tensor of one dimension, and 0 for others.
func (t *taker) length(name string) int {
	if shape := t.tensors[name].Shape; len(shape) == 1 {
		return shape[0]
	}
	return 0
}

func (t *taker) takeText(name string) []byte {
	tensor, found := t.tensors[name]
	if t.err == nil && (!found || tensor.DType != safetensors.U8 || len(tensor.Shape) != 1) {
		t.err = fmt.Errorf("tensor %s must be U8 of one dimension", name)
	}
	return tensor.Data
}

// decodeUsers reads users.index for n shoppers, without copying.
func decodeUsers(file []byte, n int) (idTable, error) {
	all, err := safetensors.Decode(file)
	if err != nil {
		return idTable{}, err
	}
	take := taker{tensors: all}
	ids := take.takeIDs("", n)
	if take.err != nil {
		return idTable{}, take.err
	}
	return ids, ids.validate("users")
}

// decodeItems reads items.index for n items, without copying. details is what items.parquet says.
func decodeItems(file []byte, n int, details func() ([]ItemInfo, error)) (*itemTable, error) {
	all, err := safetensors.Decode(file)
	if err != nil {
		return nil, err
	}
	take := taker{tensors: all}
	t := &itemTable{ids: take.takeIDs("", n), details: sync.OnceValues(details)}
	t.category = takeTensor[int32](&take, "category", safetensors.Int32, n)
	stock := takeTensor[int64](&take, "in_stock", safetensors.Int64, (n+63)/64)
	names := take.takeIDs("categories.", -1)
	if take.err != nil {
		return nil, take.err
	}
	if err := names.checkOffsets("categories"); err != nil {
		return nil, err
	}
	t.inStock = newBitmap(n) // of which the file has as many: config.json alone doesn't decide what is allocated
	for w, word := range stock {
		t.inStock[w] = uint64(word)
	}
	for i := range names.len() {
		t.categories = append(t.categories, names.id(i))
	}
	t.byCategory = sync.OnceValue(t.groupByCategory)
	return t, t.validate()
}
