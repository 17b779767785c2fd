package oip

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/daybreak-ml/daybreak/predictor/instance"
)

// Strings reads the elements of a BYTES tensor, each its length as uint32, little-endian, and then its
// bytes. It reads at most limit of them. Error: *instance.Error.
func Strings(raw []byte, limit int) ([]string, error) {
	var values []string
	for at := 0; at < len(raw); {
		if len(values) == limit {
			return nil, &instance.Error{Message: fmt.Sprintf("has more than %d values", limit)}
		}
		if len(raw)-at < 4 {
			return nil, &instance.Error{Message: fmt.Sprintf("ends within the length of value %d; each value is its length as uint32, little-endian, and then its bytes", len(values))}
		}
		size := int64(binary.LittleEndian.Uint32(raw[at:]))
		at += 4
		if size > int64(len(raw)-at) {
			return nil, &instance.Error{Message: fmt.Sprintf("ends within value %d, which is said to have %d bytes", len(values), size)}
		}
		values = append(values, string(raw[at:at+int(size)]))
		at += int(size)
	}
	return values, nil
}

// AppendRaw appends the tensor's elements as bytes: FP32 little-endian, BYTES as Strings reads them.
func (t Tensor) AppendRaw(raw []byte) []byte {
	for _, value := range t.Floats {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(value))
	}
	for _, value := range t.Strings {
		raw = binary.LittleEndian.AppendUint32(raw, uint32(len(value)))
		raw = append(raw, value...)
	}
	return raw
}

// RawSize returns how many bytes AppendRaw appends.
func (t Tensor) RawSize() int {
	size := 4 * (len(t.Floats) + len(t.Strings))
	for _, value := range t.Strings {
		size += len(value)
	}
	return size
}
