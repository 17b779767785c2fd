package stack

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"
)

// Port gives the wanted port of 127.0.0.1 if nobody listens there, else a free one.
func Port(ctx context.Context, wanted int) (int, error) {
	port, err := listen(ctx, wanted)
	if errors.Is(err, syscall.EADDRINUSE) {
		port, err = listen(ctx, 0)
	}
	if err != nil {
		return 0, fmt.Errorf("find a port: %w", err)
	}
	return port, nil
}

func listen(ctx context.Context, port int) (int, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return 0, err
	}
	port = listener.Addr().(*net.TCPAddr).Port
	return port, listener.Close()
}
