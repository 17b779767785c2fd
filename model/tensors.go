package model

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"unsafe"

	"github.com/daybreak-ml/daybreak/model/safetensors"
)

// element is what tensors are made of.
type element interface {
	uint8 | int32 | int64 | float32
}

// errBigEndian is returned on machines whose numbers can't be used as they lie in the file.
var errBigEndian = errors.New("model.safetensors is little-endian and mapped as it is; this processor is big-endian")

func littleEndian() bool { return binary.NativeEndian.Uint16([]byte{1, 0}) == 1 }

// asBytes returns values as they lie in memory.
func asBytes[E element](values []E) []byte {
	var e E
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(values))), len(values)*int(unsafe.Sizeof(e)))
}

// asValues is the inverse of asBytes; data is aligned and whole, which takeTensor has checked.
func asValues[E element](data []byte) []E {
	var e E
	return unsafe.Slice((*E)(unsafe.Pointer(unsafe.SliceData(data))), len(data)/int(unsafe.Sizeof(e)))
}

// tensors returns the tensors of p as model.safetensors holds them, in its order.
func (p *Parameters) tensors() []safetensors.Tensor {
	items, users, rank := len(p.Items), len(p.Users), p.Config.Rank
	all := []safetensors.Tensor{
		{Name: "item_factors", DType: safetensors.Float32, Shape: []int{items, rank}, Data: asBytes(p.ItemFactors)},
		{Name: "user_factors", DType: safetensors.Float32, Shape: []int{users, rank}, Data: asBytes(p.UserFactors)},
	}
	all = append(all, p.ItemItem.tensors("item_item")...)
	all = append(all, p.Past.tensors("past")...)
	return append(all,
		safetensors.Tensor{Name: "popularity", DType: safetensors.Float32, Shape: []int{items}, Data: asBytes(p.Popularity)},
		safetensors.Tensor{Name: "lift", DType: safetensors.Float32, Shape: []int{items}, Data: asBytes(p.Lift)})
}

func (c CSR) tensors(name string) []safetensors.Tensor {
	return []safetensors.Tensor{
		{Name: name + ".indptr", DType: safetensors.Int64, Shape: []int{len(c.Indptr)}, Data: asBytes(c.Indptr)},
		{Name: name + ".indices", DType: safetensors.Int32, Shape: []int{len(c.Indices)}, Data: asBytes(c.Indices)},
		{Name: name + ".weights", DType: safetensors.Float32, Shape: []int{len(c.Weights)}, Data: asBytes(c.Weights)},
	}
}

// setTensors makes the tensors in file, a model.safetensors in memory, those of p, without copying.
// Config must be set.
func (p *Parameters) setTensors(file []byte) error {
	if !littleEndian() {
		return errBigEndian
	}
	all, err := safetensors.Decode(file)
	if err != nil {
		return err
	}
	items, users, rank := p.Config.Counts.Items, p.Config.Counts.Users, p.Config.Rank
	take := taker{tensors: all}
	p.ItemFactors = takeTensor[float32](&take, "item_factors", safetensors.Float32, items, rank)
	p.UserFactors = takeTensor[float32](&take, "user_factors", safetensors.Float32, users, rank)
	p.ItemItem = take.csr("item_item", items)
	p.Past = take.csr("past", users)
	p.Popularity = takeTensor[float32](&take, "popularity", safetensors.Float32, items)
	p.Lift = takeTensor[float32](&take, "lift", safetensors.Float32, items)
	return take.err
}

// A taker takes tensors out of a file and keeps the first thing that is wrong with one.
type taker struct {
	tensors map[string]safetensors.Tensor
	err     error
}

func (t *taker) csr(name string, rows int) CSR {
	stored := -1
	if indices := t.tensors[name+".indices"]; len(indices.Shape) == 1 {
		stored = indices.Shape[0]
	}
	return CSR{
		Indptr:  takeTensor[int64](t, name+".indptr", safetensors.Int64, rows+1),
		Indices: takeTensor[int32](t, name+".indices", safetensors.Int32, stored),
		Weights: takeTensor[float32](t, name+".weights", safetensors.Float32, stored),
	}
}

func takeTensor[E element](t *taker, name string, dtype safetensors.DType, shape ...int) []E {
	if t.err != nil {
		return nil
	}
	tensor, ok := t.tensors[name]
	switch {
	case !ok:
		t.err = fmt.Errorf("tensor %s is missing", name)
	case tensor.DType != dtype || !slices.Equal(tensor.Shape, shape):
		t.err = fmt.Errorf("tensor %s is %s %v; it must be %s %v", name, tensor.DType, tensor.Shape, dtype, shape)
	case uintptr(unsafe.Pointer(unsafe.SliceData(tensor.Data)))%safetensors.Alignment != 0 && len(tensor.Data) > 0:
		t.err = fmt.Errorf("tensor %s is not aligned to %d bytes", name, safetensors.Alignment)
	}
	if t.err != nil {
		return nil
	}
	return asValues[E](tensor.Data)
}
