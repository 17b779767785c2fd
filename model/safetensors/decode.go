package safetensors

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
)

// metadataKey is the header's one name that is no tensor's.
const metadataKey = "__metadata__"

// Decode returns the tensors of a file, by name. Their Data lie within file and are not copied.
// A header that doesn't describe exactly the bytes that follow it is an error.
func Decode(file []byte) (map[string]Tensor, error) {
	if len(file) < 8 {
		return nil, fmt.Errorf("the file has %d bytes; a header length alone takes 8", len(file))
	}
	length := binary.LittleEndian.Uint64(file)
	if length > MaxHeader || length > uint64(len(file)-8) {
		return nil, fmt.Errorf("the header takes %d bytes by its own account; at most %d can be right", length, min(MaxHeader, len(file)-8))
	}
	header, data := file[8:8+length], file[8+length:]
	if !bytes.HasPrefix(header, []byte("{")) {
		return nil, fmt.Errorf("the header doesn't begin with {")
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(header, &raw); err != nil {
		return nil, fmt.Errorf("read the header: %w", err)
	}
	delete(raw, metadataKey)
	places := make(map[string]place, len(raw))
	for name, value := range raw {
		var p place
		if err := json.Unmarshal(value, &p); err != nil {
			return nil, fmt.Errorf("read the header of tensor %q: %w", name, err)
		}
		places[name] = p
	}
	if err := checkPlaces(places, len(data)); err != nil {
		return nil, err
	}
	tensors := make(map[string]Tensor, len(places))
	for name, p := range places {
		begin, end := p.Offsets[0], p.Offsets[1]
		tensors[name] = Tensor{Name: name, DType: p.DType, Shape: p.Shape, Data: data[begin:end:end]}
	}
	return tensors, nil
}

// checkPlaces reports whether the tensors fill size bytes, one after the other.
func checkPlaces(places map[string]place, size int) error {
	names := make([]string, 0, len(places))
	for name := range places {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		p, q := places[a].Offsets, places[b].Offsets
		return cmp.Or(cmp.Compare(p[0], q[0]), cmp.Compare(p[1], q[1]), cmp.Compare(a, b))
	})
	next := 0
	for _, name := range names {
		p := places[name]
		takes, err := byteSize(p.DType, p.Shape)
		if err != nil {
			return fmt.Errorf("tensor %q: %w", name, err)
		}
		begin, end := p.Offsets[0], p.Offsets[1]
		switch {
		case begin != next:
			return fmt.Errorf("tensor %q begins at %d; it must begin at %d, where the one before ends", name, begin, next)
		case end < begin || end > size:
			return fmt.Errorf("tensor %q ends at %d; the file holds %d bytes of tensors", name, end, size)
		case end-begin != takes:
			return fmt.Errorf("tensor %q has %d bytes; shape %v of %s takes %d", name, end-begin, p.Shape, p.DType, takes)
		}
		next = end
	}
	if next != size {
		return fmt.Errorf("the tensors end at %d; the file holds %d bytes of tensors", next, size)
	}
	return nil
}
