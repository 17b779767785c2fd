package ranks

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"unsafe"
)

// Number is what ranks exchange. Values go over the wire as they lie in memory:
// ranks agree on their instruction set, and so on the order of bytes.
type Number interface {
	uint8 | int32 | int64 | float32 | float64
}

func asBytes[T Number](values []T) []byte {
	var v T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(values))), len(values)*int(unsafe.Sizeof(v)))
}

// WriteValues writes values, without their number.
func WriteValues[T Number](w io.Writer, values []T) error {
	_, err := w.Write(asBytes(values))
	return err
}

// ReadValues fills values; an error calls them by the name.
func ReadValues[T Number](r io.Reader, name string, values []T) error {
	if read, err := io.ReadFull(r, asBytes(values)); err != nil {
		return fmt.Errorf("read %s: %d of %d bytes came: %w", name, read, len(asBytes(values)), err)
	}
	return nil
}

// growth is how many values are made room for before any has come: what a peer
// says of their number is believed as they come.
const growth = 1 << 16

// WriteSlice writes the number of values and the values.
func WriteSlice[T Number](w io.Writer, values []T) error {
	if err := WriteValues(w, []int64{int64(len(values))}); err != nil {
		return err
	}
	return WriteValues(w, values)
}

// ReadSlice reads what WriteSlice wrote; an error calls the values by the name.
func ReadSlice[T Number](r io.Reader, name string) ([]T, error) {
	var count [1]int64
	if err := ReadValues(r, "the number of "+name, count[:]); err != nil {
		return nil, err
	}
	if count[0] < 0 {
		return nil, fmt.Errorf("read %s: their number is %d; it must be 0 or more", name, count[0])
	}
	var values []T
	for left := count[0]; left > 0; {
		n := min(left, max(growth, int64(len(values)))) // twice as many each time
		values = slices.Grow(values, int(n))[:len(values)+int(n)]
		if err := ReadValues(r, name, values[len(values)-int(n):]); err != nil {
			return nil, err
		}
		left -= n
	}
	return values, nil
}

// WriteTexts writes texts.
func WriteTexts(w io.Writer, texts []string) error {
	lengths := make([]int32, len(texts))
	for i, text := range texts {
		lengths[i] = int32(len(text))
	}
	if err := WriteSlice(w, lengths); err != nil {
		return err
	}
	for _, text := range texts {
		if _, err := io.WriteString(w, text); err != nil {
			return err
		}
	}
	return nil
}

// ReadTexts reads what WriteTexts wrote; an error calls the texts by the name.
func ReadTexts(r io.Reader, name string) ([]string, error) {
	lengths, err := ReadSlice[int32](r, "the lengths of "+name)
	if err != nil {
		return nil, err
	}
	texts := make([]string, len(lengths))
	var buffer bytes.Buffer
	for i, length := range lengths {
		if length < 0 {
			return nil, fmt.Errorf("read %s: the length of number %d of %d is %d bytes; it must be 0 or more", name, i, len(lengths), length)
		}
		buffer.Reset()
		if _, err := io.CopyN(&buffer, r, int64(length)); err != nil {
			return nil, fmt.Errorf("read %s: number %d of %d: %w", name, i, len(lengths), err)
		}
		texts[i] = buffer.String()
	}
	return texts, nil
}
