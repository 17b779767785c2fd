package server_test

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/predictor/server"
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
		require.NoError(t, connection.SetReadDeadline(time.Now().Add(patience)))
		_, err := io.Copy(io.Discard, connection)
		require.NoError(t, err, "the server must close it")
	}
}

func TestAClientThatDoesNotFinishItsBodyIsLetGo(t *testing.T) {
	s := openAs(t, server.Options{ReadTimeout: time.Second})
	connection, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	require.NoError(t, err)
	defer func() { _ = connection.Close() }() // the server has closed it already
	_, err = connection.Write([]byte("POST " + predict + " HTTP/1.1\r\nHost: shop\r\nContent-Length: 100\r\n\r\n{"))
	require.NoError(t, err)
	require.NoError(t, connection.SetReadDeadline(time.Now().Add(patience)))
	answer, err := io.ReadAll(connection)
	require.NoError(t, err, "the server must close it")
	require.Contains(t, string(answer), "body can't be read to its end")
}
