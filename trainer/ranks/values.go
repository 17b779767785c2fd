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

// ReadValues fills values.
func ReadValues[T Number](r io.Reader, values []T) error {
	if _, err := io.ReadFull(r, asBytes(values)); err != nil {
		return fmt.Errorf("read %d values: %w", len(values), err)
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

// ReadSlice reads what WriteSlice wrote.
func ReadSlice[T Number](r io.Reader) ([]T, error) {
	var count [1]int64
	if err := ReadValues(r, count[:]); err != nil {
		return nil, err
	}
	if count[0] < 0 {
		return nil, fmt.Errorf("read values: their number is %d", count[0])
	}
	var values []T
	for left := count[0]; left > 0; {
		n := min(left, max(growth, int64(len(values)))) // twice as many each time
		values = slices.Grow(values, int(n))[:len(values)+int(n)]
		if err := ReadValues(r, values[len(values)-int(n):]); err != nil {
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

// ReadTexts reads what WriteTexts wrote.
func ReadTexts(r io.Reader) ([]string, error) {
	lengths, err := ReadSlice[int32](r)
	if err != nil {
		return nil, err
	}
	texts := make([]string, len(lengths))
	var buffer bytes.Buffer
	for i, length := range lengths {
		buffer.Reset()
		if _, err := io.CopyN(&buffer, r, int64(length)); err != nil {
			return nil, fmt.Errorf("read text %d of %d: %w", i, len(lengths), err)
		}
		texts[i] = buffer.String()
	}
	return texts, nil
}
