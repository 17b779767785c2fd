package http2

import (
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	wire "golang.org/x/net/http2"
)

// A writes is a connection that passes on what is written to it, write by write.
type writes struct {
	net.Conn
	each chan []byte
}

func (w writes) Write(data []byte) (int, error) {
	w.each <- append([]byte(nil), data...)
	return len(data), nil
}

func (writes) SetWriteDeadline(time.Time) error { return nil }

const pingSize = 17

func ping(o *output) error {
	return o.add(func(f *wire.Framer) { _ = f.WritePing(true, [8]byte{}) })
}

func TestWhatMayWaitIsWrittenAlongWithWhatMayNot(t *testing.T) {
	w := writes{each: make(chan []byte, 10)}
	o := newOutput(w, time.Minute)
	for range 2 {
		require.NoError(t, ping(o))
		require.NoError(t, o.flushWithin(time.Hour))
		require.Empty(t, w.each)
		require.NoError(t, ping(o))
		require.NoError(t, o.flush())
		require.Len(t, <-w.each, 2*pingSize)
	}
}

func TestWhatMayWaitIsWrittenWhenNothingElseIs(t *testing.T) {
	w := writes{each: make(chan []byte, 10)}
	o := newOutput(w, time.Minute)
	for range 2 {
		require.NoError(t, ping(o))
		require.NoError(t, o.flushWithin(time.Millisecond))
		require.Len(t, <-w.each, pingSize)
	}
}
