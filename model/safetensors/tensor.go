package safetensors

import (
	"fmt"
	"math/bits"
)

// Alignment is the number of bytes of which every tensor's offset in the file is a multiple.
const Alignment = 64

// MaxHeader is the longest header, in bytes, that is written or read. The format allows 100 MB; a
// header of a few dozen tensors takes a few kB.
const MaxHeader = 1 << 20

// DType is the type of a tensor's elements.
type DType string

// The element types.
const (
	U8      DType = "U8"
	Int8    DType = "I8"
	Int32   DType = "I32"
	Int64   DType = "I64"
	Float32 DType = "F32"
)

// Size returns the bytes an element takes, and 0 for a type this package doesn't know.
func (d DType) Size() int {
	switch d {
	case U8, Int8:
		return 1
	case Int32, Float32:
		return 4
	case Int64:
		return 8
	}
	return 0
}

// A Tensor is a named array. Data holds its elements, little-endian, in C order.
type Tensor struct {
	Name  string
	DType DType
	Shape []int
	Data  []byte
}

// byteSize returns the bytes that elements of type d in the given shape take.
func byteSize(d DType, shape []int) (int, error) {
	if d.Size() == 0 {
		return 0, fmt.Errorf("dtype %q is not one of U8, I8, I32, I64, F32", d)
	}
	size := uint64(d.Size())
	for _, n := range shape {
		if n < 0 {
			return 0, fmt.Errorf("shape %v has a negative dimension", shape)
		}
		high, low := bits.Mul64(size, uint64(n))
		if high != 0 || low > 1<<62 {
			return 0, fmt.Errorf("shape %v is too large", shape)
		}
		size = low
	}
	return int(size), nil
}
