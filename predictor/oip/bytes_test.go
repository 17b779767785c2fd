package oip_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/predictor/instance"
	"github.com/daybreak-ml/daybreak/predictor/oip"
)

func TestBytesReadAsTheyWereWritten(t *testing.T) {
	values := []string{"17850", "", "ü", string([]byte{0xff, 0})}
	tensor := oip.Tensor{Strings: values}
	raw := tensor.AppendRaw(nil)
	require.Len(t, raw, tensor.RawSize())
	read, err := oip.Strings(raw, len(values))
	require.NoError(t, err)
	require.Equal(t, values, read)
	_, err = oip.Strings(raw, len(values)-1)
	require.EqualError(t, err, " has more than 3 values")
}

func FuzzStrings(f *testing.F) {
	f.Add([]byte{5, 0, 0, 0, '1', '7', '8', '5', '0', 0, 0, 0, 0})
	f.Add([]byte{255, 255, 255, 255, 1})
	f.Add([]byte{1, 0, 0})
	f.Fuzz(func(t *testing.T, raw []byte) {
		const limit = 100
		values, err := oip.Strings(raw, limit)
		if err != nil {
			var malformed *instance.Error
			require.True(t, errors.As(err, &malformed), "%v", err)
			return
		}
		require.LessOrEqual(t, len(values), limit)
		require.Equal(t, raw, oip.Tensor{Strings: values}.AppendRaw([]byte{}))
	})
}
