package http1

import (
	"net"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// hidden is a listener of which nobody knows that it is TCP's.
type hidden struct{ net.Listener }

func TestConnectionsOfOtherListenersAreHandedOver(t *testing.T) {
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := New(http.NotFoundHandler(), generous, nil)
	behind := &http.Server{Handler: echo}
	ended := make(chan error, 2)
	go func() { ended <- s.Serve(hidden{tcp}) }()
	go func() { ended <- behind.Serve(s.Others()) }()
	request := "GET /a HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n"
	require.Contains(t, told(t, tcp.Addr().String(), request), "200 OK")
	require.Contains(t, told(t, tcp.Addr().String(), request[:1], request[1:]), "200 OK")
	silent, speaking := dial(t, tcp.Addr().String()), dial(t, tcp.Addr().String())
	_, err = speaking.Write([]byte(preface))
	require.NoError(t, err)
	taken, err := s.HTTP2().Accept()
	require.NoError(t, err)
	first := make([]byte, len(preface))
	_, err = taken.Read(first)
	require.NoError(t, err)
	require.Equal(t, preface, string(first))
	require.NoError(t, taken.Close())
	require.NoError(t, s.Shutdown(t.Context()))
	_, err = silent.Read(first)
	require.Error(t, err, "it is closed")
	require.NoError(t, behind.Close())
	require.ErrorIs(t, <-ended, http.ErrServerClosed)
	require.ErrorIs(t, <-ended, http.ErrServerClosed)
}
