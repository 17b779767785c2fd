package safetensors_test

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/model/safetensors"
)

func encode(t testing.TB, tensors ...safetensors.Tensor) []byte {
	t.Helper()
	var file bytes.Buffer
	require.NoError(t, safetensors.Encode(&file, tensors))
	return file.Bytes()
}

// withHeader returns a file of the given header and data.
func withHeader(header string, data ...byte) []byte {
	file := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(file, header...), data...)
}

func examples() []safetensors.Tensor {
	return []safetensors.Tensor{
		{Name: "odd", DType: safetensors.U8, Shape: []int{3}, Data: []byte{1, 2, 3}},
		{Name: "nothing", DType: safetensors.Int32, Shape: []int{0}, Data: nil},
		{Name: "matrix", DType: safetensors.Float32, Shape: []int{2, 3}, Data: bytes.Repeat([]byte{7}, 24)},
		{Name: "whole", DType: safetensors.Int64, Shape: []int{8}, Data: bytes.Repeat([]byte{9}, 64)},
		{Name: "scalar \"quoted\"", DType: safetensors.Int8, Shape: []int{}, Data: []byte{5}},
	}
}

func TestDecodedTensorsAreTheOnesEncodedAndAligned(t *testing.T) {
	file := encode(t, examples()...)
	decoded, err := safetensors.Decode(file)
	require.NoError(t, err)
	for _, expected := range examples() {
		actual := decoded[expected.Name]
		require.Equal(t, expected.DType, actual.DType)
		require.Equal(t, expected.Shape, actual.Shape)
		require.Equal(t, append([]byte{}, expected.Data...), append([]byte{}, actual.Data...))
		if len(expected.Data) > 1 {
			require.Zero(t, bytes.Index(file, expected.Data)%safetensors.Alignment, expected.Name)
		}
	}
}

func TestEncodeRefusesWhatIsNoTensor(t *testing.T) {
	one := safetensors.Tensor{Name: "a", DType: safetensors.U8, Shape: []int{1}, Data: []byte{1}}
	for _, c := range []struct {
		name    string
		tensors []safetensors.Tensor
		says    string
	}{
		{"bytes that aren't the shape's", []safetensors.Tensor{{Name: "a", DType: safetensors.Float32, Shape: []int{2}, Data: []byte{1}}}, "takes 8 bytes, but it has 1"},
		{"an unknown type", []safetensors.Tensor{{Name: "a", DType: "F8", Shape: []int{1}, Data: []byte{1}}}, `dtype "F8"`},
		{"a name that comes twice", []safetensors.Tensor{one, one}, `"a" is taken`},
		{"the name of the metadata", []safetensors.Tensor{{Name: "__metadata__", DType: safetensors.U8, Shape: []int{0}}}, "is taken"},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.ErrorContains(t, safetensors.Encode(&bytes.Buffer{}, c.tensors), c.says)
		})
	}
}

func TestDecodeRefusesAHeaderThatDoesNotDescribeTheFile(t *testing.T) {
	for _, c := range []struct {
		name string
		file []byte
		says string
	}{
		{"no header length", []byte{1, 2}, "a header length alone takes 8"},
		{"a header longer than the file", binary.LittleEndian.AppendUint64(nil, 9), "the header takes 9 bytes by its own account"},
		{"a header longer than any", binary.LittleEndian.AppendUint64(nil, 1<<63), "by its own account"},
		{"no JSON object", withHeader("[]"), "doesn't begin with {"},
		{"malformed JSON", withHeader("{"), "read the header"},
		{"a place of the wrong type", withHeader(`{"a":7}`), `header of tensor "a"`},
		{"an unknown element type", withHeader(`{"a":{"dtype":"F7","shape":[1],"data_offsets":[0,1]}}`, 0), `dtype "F7"`},
		{"a negative dimension", withHeader(`{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}`, 0), "negative dimension"},
		{"a shape beyond all memory", withHeader(`{"a":{"dtype":"I64","shape":[4611686018427387904,4],"data_offsets":[0,1]}}`, 0), "too large"},
		{"an end beyond the file", withHeader(`{"a":{"dtype":"U8","shape":[9],"data_offsets":[0,9]}}`, 0), "ends at 9; the file holds 1"},
		{"an end before the beginning", withHeader(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,-1]}}`, 0), "ends at -1"},
		{"a shape that takes other bytes", withHeader(`{"a":{"dtype":"I32","shape":[1],"data_offsets":[0,1]}}`, 0), "takes 4"},
		{"a hole", withHeader(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, 0, 0), "must begin at 0"},
		{"bytes that are no tensor's", withHeader(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 0, 0), "end at 1; the file holds 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := safetensors.Decode(c.file)
			require.ErrorContains(t, err, c.says)
		})
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(encode(f, examples()...))
	f.Add(withHeader(`{"__metadata__":{"format":"np"},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}   `, 0))
	f.Add(withHeader(`{"a":{"dtype":"I64","shape":[4611686018427387904,4],"data_offsets":[0,1]}}`, 0))
	f.Add(binary.LittleEndian.AppendUint64(nil, 1<<63))
	f.Fuzz(func(t *testing.T, file []byte) {
		tensors, err := safetensors.Decode(file)
		if err != nil {
			return
		}
		total := 0
		for _, tensor := range tensors {
			require.LessOrEqual(t, cap(tensor.Data), len(file))
			total += len(tensor.Data)
		}
		require.LessOrEqual(t, total, len(file)-8)
	})
}
