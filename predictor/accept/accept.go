// Package accept takes connections from a listener, for servers that read their own protocol.
package accept

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// betweenAttempts is how long to wait when a connection could not be accepted.
const betweenAttempts = 50 * time.Millisecond

// Connections gives take each connection that comes, until the listener is closed. It returns http.ErrServerClosed
// if stopping says that the server closed it, and otherwise why there are no more.
func Connections(listener net.Listener, stopping func() bool, take func(net.Conn)) error {
	for {
		accepted, err := listener.Accept()
		if err == nil {
			take(accepted)
			continue
		}
		if stopping() {
			return http.ErrServerClosed
		}
		var failed net.Error
		if !errors.As(err, &failed) || errors.Is(err, net.ErrClosed) {
			return fmt.Errorf("accept connections: %w", err)
		}
		slog.Warn("a connection could not be accepted", "error", err) // such as for want of file descriptors
		time.Sleep(betweenAttempts)
	}
}
