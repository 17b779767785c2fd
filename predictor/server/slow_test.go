package server_test

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestClientsThatDoNotFinishTheirHeaderKeepNobodyOutAndAreLetGo(t *testing.T) {
	s := openWith(t, 1)
	const clients = 200
	held := make([]net.Conn, clients)
	for i := range held {
		connection, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		require.NoError(t, err)
		defer func() { _ = connection.Close() }() // the server has closed it already
		if i%2 == 0 {                             // the others say nothing at all
			_, err = connection.Write([]byte("POST " + predict + " HTTP/1.1\r\nHost: shop\r\nX-Slow: "))
			require.NoError(t, err)
		}
		held[i] = connection
	}
	status, _ := s.askRaw(t, http.MethodPost, predict, `{"instances":[{}]}`)
	require.Equal(t, http.StatusOK, status)
	for _, connection := range held {
		require.NoError(t, connection.SetReadDeadline(time.Now().Add(time.Minute)))
		_, err := io.Copy(io.Discard, connection)
		require.NoError(t, err, "the server must close it")
	}
}
