package ranks

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhatIsReadOfAnotherRankIsWhatWasWritten(t *testing.T) {
	var sent bytes.Buffer
	require.NoError(t, WriteSlice(&sent, []int32{3, -1}))
	require.NoError(t, WriteTexts(&sent, []string{"ann", "", "zoë"}))
	numbers, err := ReadSlice[int32](&sent, "numbers")
	require.NoError(t, err)
	require.Equal(t, []int32{3, -1}, numbers)
	names, err := ReadTexts(&sent, "names")
	require.NoError(t, err)
	require.Equal(t, []string{"ann", "", "zoë"}, names)
}

func TestWhatCannotBeReadIsCalledByItsName(t *testing.T) {
	texts := func(lengths []int32, content string) []byte {
		var sent bytes.Buffer
		require.NoError(t, WriteSlice(&sent, lengths))
		sent.WriteString(content)
		return sent.Bytes()
	}
	slice := func(count int64, content string) []byte {
		var sent bytes.Buffer
		require.NoError(t, WriteValues(&sent, []int64{count}))
		sent.WriteString(content)
		return sent.Bytes()
	}
	readTexts := func(content []byte) error {
		_, err := ReadTexts(bytes.NewReader(content), "shoppers")
		return err
	}
	readSlice := func(content []byte) error {
		_, err := ReadSlice[int32](bytes.NewReader(content), "weights")
		return err
	}
	for _, c := range []struct {
		name, message string
		read          func([]byte) error
		content       []byte
	}{
		{"a negative length", "read shoppers: the length of number 1 of 2 is -3 bytes; it must be 0 or more", readTexts, texts([]int32{3, -3}, "ann")},
		{"a text cut off", "read shoppers: number 0 of 1: EOF", readTexts, texts([]int32{9}, "ann")},
		{"no lengths", "read the number of the lengths of shoppers: 0 of 8 bytes came: EOF", readTexts, nil},
		{"a negative number", "read weights: their number is -1; it must be 0 or more", readSlice, slice(-1, "")},
		{"values cut off", "read weights: 6 of 8 bytes came: unexpected EOF", readSlice, slice(2, "123456")},
	} {
		t.Run(c.name, func(t *testing.T) { require.EqualError(t, c.read(c.content), c.message) })
	}
}
