package ranks

import (
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"
)

const (
	// A peer that answers no ping for this long is lost. A link may be cut for
	// less than that without anybody noticing more than the delay.
	pingEvery, pingTimeout = 10 * time.Second, 20 * time.Second
	// window is how many bytes may be on their way unread, on a stream and on a
	// connection: a long link at 10 Gbit/s and 5 ms needs as much.
	window = 8 << 20
	// chunkBytes is how much goes into one message.
	chunkBytes = 256 << 10
)

func newServer(shown credentials.TransportCredentials) *grpc.Server {
	return grpc.NewServer(
		grpc.Creds(shown),
		grpc.InitialWindowSize(window), grpc.InitialConnWindowSize(window),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: pingEvery, Timeout: pingTimeout}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: pingEvery / 2, PermitWithoutStream: true}),
	)
}

func dial(address string, shown credentials.TransportCredentials) (*grpc.ClientConn, error) {
	return grpc.NewClient("passthrough:///"+address,
		grpc.WithTransportCredentials(shown),
		grpc.WithInitialWindowSize(window), grpc.WithInitialConnWindowSize(window),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: pingEvery, Timeout: pingTimeout}),
		grpc.WithConnectParams(grpc.ConnectParams{MinConnectTimeout: 5 * time.Second, Backoff: reconnect()}),
	)
}

// reconnect is how soon a connection is tried again.
func reconnect() backoff.Config {
	return backoff.Config{BaseDelay: 100 * time.Millisecond, Multiplier: 1.5, Jitter: 0.2, MaxDelay: time.Second}
}
