package safetensors

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
)

// place is how the header describes a tensor.
type place struct {
	DType   DType  `json:"dtype"`
	Shape   []int  `json:"shape"`
	Offsets [2]int `json:"data_offsets"`
}

// Encode writes tensors to w in the order given, each aligned to [Alignment] bytes. Equal tensors
// give equal bytes.
func Encode(w io.Writer, tensors []Tensor) error {
	padded, err := pad(tensors)
	if err != nil {
		return err
	}
	header, err := encodeHeader(padded)
	if err != nil {
		return err
	}
	if _, err := w.Write(header); err != nil {
		return fmt.Errorf("write the header: %w", err)
	}
	for _, t := range padded {
		if _, err := w.Write(t.Data); err != nil {
			return fmt.Errorf("write tensor %s: %w", t.Name, err)
		}
	}
	return nil
}

// pad returns tensors with a tensor of zeros after each one whose end isn't aligned.
func pad(tensors []Tensor) ([]Tensor, error) {
	var padded []Tensor
	paddings := 0
	for i, t := range tensors {
		size, err := byteSize(t.DType, t.Shape)
		if err != nil {
			return nil, fmt.Errorf("tensor %s: %w", t.Name, err)
		}
		if size != len(t.Data) {
			return nil, fmt.Errorf("tensor %s: shape %v of %s takes %d bytes, but it has %d", t.Name, t.Shape, t.DType, size, len(t.Data))
		}
		padded = append(padded, t)
		gap := -len(t.Data) & (Alignment - 1)
		if gap == 0 || i == len(tensors)-1 {
			continue
		}
		name := fmt.Sprintf("padding.%d", paddings)
		padded = append(padded, Tensor{Name: name, DType: U8, Shape: []int{gap}, Data: make([]byte, gap)})
		paddings++
	}
	return padded, nil
}

// encodeHeader returns the length and the JSON, with spaces up to a multiple of Alignment bytes.
func encodeHeader(tensors []Tensor) ([]byte, error) {
	var header bytes.Buffer
	header.Write(make([]byte, 8))
	named := make(map[string]bool, len(tensors))
	offset := 0
	for i, t := range tensors {
		if named[t.Name] || t.Name == metadataKey {
			return nil, fmt.Errorf("tensor name %q is taken", t.Name)
		}
		named[t.Name] = true
		key, err := json.Marshal(t.Name)
		if err != nil {
			return nil, fmt.Errorf("tensor name %q: %w", t.Name, err)
		}
		value, err := json.Marshal(place{DType: t.DType, Shape: t.Shape, Offsets: [2]int{offset, offset + len(t.Data)}})
		if err != nil {
			return nil, fmt.Errorf("tensor %s: %w", t.Name, err)
		}
		separator := byte(',')
		if i == 0 {
			separator = '{'
		}
		header.WriteByte(separator)
		header.Write(key)
		header.WriteByte(':')
		header.Write(value)
		offset += len(t.Data)
	}
	if len(tensors) == 0 {
		header.WriteByte('{')
	}
	header.WriteByte('}')
	header.Write(bytes.Repeat([]byte{' '}, -header.Len()&(Alignment-1)))
	if header.Len() > MaxHeader {
		return nil, fmt.Errorf("the header takes %d bytes; at most %d are allowed", header.Len(), MaxHeader)
	}
	binary.LittleEndian.PutUint64(header.Bytes(), uint64(header.Len()-8))
	return header.Bytes(), nil
}
