package v2grpc

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/status"
)

// A there is a body that is there to its end.
type there struct {
	*bytes.Reader
	all []byte
}

func (t there) Whole() ([]byte, bool) { return t.all, true }

func FuzzReadMessage(f *testing.F) {
	for _, seed := range [][]byte{{0, 0, 0, 0, 2, 'h', 'i'}, {0, 0, 0, 0, 0}, {1, 0, 0, 0, 0}, {0, 255, 255, 255, 255, 'x'}, {0, 0, 0, 0, 1, 'a', 'b'}, {0, 0}} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var memory bytes.Buffer
		message, err := readMessage(bytes.NewReader(body), &memory)
		require.LessOrEqual(t, memory.Len(), len(body))
		same, sameErr := readMessage(there{bytes.NewReader(body), body}, &bytes.Buffer{})
		require.Equal(t, err, sameErr)
		if err != nil {
			_, is := status.FromError(err)
			require.True(t, is, "%v", err)
			return
		}
		require.Equal(t, body[prefixSize:], append([]byte{}, message...))
		require.Equal(t, body[prefixSize:], same)
	})
}
