package v2grpc

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/status"
)

func FuzzReadMessage(f *testing.F) {
	for _, seed := range [][]byte{{0, 0, 0, 0, 2, 'h', 'i'}, {0, 0, 0, 0, 0}, {1, 0, 0, 0, 0}, {0, 255, 255, 255, 255, 'x'}, {0, 0, 0, 0, 1, 'a', 'b'}, {0, 0}} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var message bytes.Buffer
		err := readMessage(bytes.NewReader(body), &message)
		require.LessOrEqual(t, message.Len(), len(body))
		if err != nil {
			_, is := status.FromError(err)
			require.True(t, is, "%v", err)
			return
		}
		require.Equal(t, body[prefixSize:], append([]byte{}, message.Bytes()...))
	})
}
