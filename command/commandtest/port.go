package commandtest

import (
	"math/rand/v2"
	"net"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// Port returns a port of the loopback address for a program that is to be started, and takes a while to listen on it. It
// is none of those that the kernel gives to who asks for any, or who connects: another could be given it first.
func Port(t *testing.T) string {
	t.Helper()
	const lowest, ephemeral, attempts = 10_000, 32_768, 100
	for range attempts {
		port := strconv.Itoa(lowest + rand.IntN(ephemeral-lowest))
		listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", port))
		if err == nil {
			require.NoError(t, listener.Close())
			return port
		}
	}
	t.Fatalf("no port from %d to %d seems to be free", lowest, ephemeral)
	return ""
}
