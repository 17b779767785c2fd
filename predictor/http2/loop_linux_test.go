package http2_test

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	wire "golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/daybreak-ml/daybreak/predictor/http2"
)

func TestFramesAreReadInWhateverPiecesTheyCome(t *testing.T) {
	listener := open(t, limits)
	c := dial(t, listener)
	var said bytes.Buffer
	whole := wire.NewFramer(&said, nil)
	for _, field := range []hpack.HeaderField{
		{Name: ":method", Value: http.MethodPost}, {Name: ":scheme", Value: "http"}, {Name: ":path", Value: "/echo"}, {Name: "te", Value: "trailers"},
	} {
		require.NoError(t, c.fields.WriteField(field))
	}
	block := c.block.Bytes()
	require.NoError(t, whole.WriteHeaders(wire.HeadersFrameParam{StreamID: 1, BlockFragment: block[:3]}))
	require.NoError(t, whole.WriteContinuation(1, false, nil))
	require.NoError(t, whole.WriteContinuation(1, true, block[3:]))
	require.NoError(t, whole.WriteDataPadded(1, true, []byte("hello"), make([]byte, 5)))
	for _, b := range said.Bytes() {
		c.write([]byte{b})
		time.Sleep(100 * time.Microsecond) // so that most come by themselves
	}
	require.Equal(t, "200", c.status(t, 1))
}

// A client that doesn't take what it is told isn't heard, and nobody else has to wait; when it does, nothing is missing.
func TestAClientThatTakesNothingKeepsNobodyWaiting(t *testing.T) {
	listener := open(t, limits)
	stubborn := dial(t, listener)
	var pings bytes.Buffer
	framer := wire.NewFramer(&pings, nil)
	const together = 1000
	for range together {
		require.NoError(t, framer.WritePing(false, [8]byte{1}))
	}
	sent := 0
	for ; sent < 1<<22/together; sent++ {
		require.NoError(t, stubborn.net.SetWriteDeadline(time.Now().Add(100*time.Millisecond)))
		if _, err := stubborn.net.Write(pings.Bytes()); err != nil {
			break // it isn't heard
		}
	}
	require.NoError(t, stubborn.net.SetWriteDeadline(time.Time{}))
	got := ask(t, client(t), http.MethodGet, "http://"+listener.Addr().String()+"/nothing", nil)
	require.Equal(t, http.StatusOK, got.status)
	pongs := 0
	stubborn.await(t, func(frame wire.Frame) bool {
		if ping, is := frame.(*wire.PingFrame); is && ping.IsAck() {
			pongs++
		}
		return pongs >= sent*together
	})
}

func TestConnectionsThatWaitHaveNoGoroutine(t *testing.T) {
	listener := open(t, limits)
	before := runtime.NumGoroutine()
	for i := range 100 {
		c := dial(t, listener)
		if i%2 == 0 {
			c.headers(1, true, http.MethodGet, "/nothing")
			require.Equal(t, "200", c.status(t, 1))
		}
	}
	require.Eventually(t, func() bool { return runtime.NumGoroutine()-before < 20 }, time.Minute, time.Millisecond)
}

// A handed is a connection of which something was read.
type handed struct {
	net.Conn
	read []byte
}

func (h handed) Begun() ([]byte, net.Conn) { return h.read, h.Conn }

func TestWhatWasReadBeforeAConnectionWasHandedOverIsHeard(t *testing.T) {
	for _, own := range []bool{true, false} { // one that a loop looks after, and another
		from, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		to := make(pipes)
		server := http2.New(routes(), limits)
		served := make(chan error, 1)
		go func() { served <- server.Serve(to) }()
		c := connect(t, from)
		accepted, err := from.Accept()
		require.NoError(t, err)
		if !own {
			accepted = struct{ net.Conn }{accepted}
		}
		c.greet()
		c.headers(1, true, http.MethodGet, "/nothing")
		read := make([]byte, len(wire.ClientPreface)+9)
		_, err = io.ReadFull(accepted, read)
		require.NoError(t, err)
		to <- handed{accepted, read}
		require.Equal(t, "200", c.status(t, 1))
		require.NoError(t, server.Close())
		require.ErrorIs(t, <-served, http.ErrServerClosed)
		require.NoError(t, from.Close())
	}
}
