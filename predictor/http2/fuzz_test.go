package http2_test

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	wire "golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/daybreak-ml/daybreak/predictor/http2"
)

// pipes is a listener for connections that are given to it.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	if accepted, more := <-p; more {
		return accepted, nil
	}
	return nil, net.ErrClosed
}
func (p pipes) Close() error   { close(p); return nil }
func (p pipes) Addr() net.Addr { return &net.TCPAddr{} }

// FuzzSaid says anything to a server, which must bear it: it doesn't panic, and when the client has gone, nothing
// of the connection stays.
func FuzzSaid(f *testing.F) {
	for _, say := range []func(*wire.Framer, func(...string) []byte){
		func(w *wire.Framer, fields func(...string) []byte) {
			_ = w.WriteHeaders(wire.HeadersFrameParam{StreamID: 1, BlockFragment: fields("content-length", "5"), EndHeaders: true})
			_ = w.WriteDataPadded(1, false, []byte("hel"), make([]byte, 7))
			_ = w.WriteData(1, true, []byte("lo"))
		},
		func(w *wire.Framer, fields func(...string) []byte) {
			block := fields("x-many", "value", "te", "trailers")
			_ = w.WriteHeaders(wire.HeadersFrameParam{StreamID: 1, BlockFragment: block[:9]})
			_ = w.WriteContinuation(1, true, block[9:])
			_ = w.WriteHeaders(wire.HeadersFrameParam{StreamID: 1, BlockFragment: nil, EndStream: true, EndHeaders: true})
			_ = w.WriteRSTStream(1, wire.ErrCodeCancel)
			_ = w.WriteHeaders(wire.HeadersFrameParam{StreamID: 3, BlockFragment: fields(), EndHeaders: true, EndStream: true})
		},
		func(w *wire.Framer, _ func(...string) []byte) {
			_ = w.WriteSettings(wire.Setting{ID: wire.SettingInitialWindowSize, Val: 1}, wire.Setting{ID: wire.SettingHeaderTableSize, Val: 0})
			_ = w.WritePing(false, [8]byte{1})
			_ = w.WriteWindowUpdate(0, 1000)
			_ = w.WritePriority(5, wire.PriorityParam{StreamDep: 3})
			_ = w.WriteGoAway(0, wire.ErrCodeNo, []byte("bye"))
		},
	} {
		var said, block bytes.Buffer
		encoder := hpack.NewEncoder(&block)
		framer := wire.NewFramer(&said, nil)
		_ = framer.WriteSettings()
		say(framer, func(more ...string) []byte {
			block.Reset()
			all := append([]string{":method", "POST", ":scheme", "http", ":path", "/long", ":authority", "shop"}, more...)
			for i := 0; i < len(all); i += 2 {
				_ = encoder.WriteField(hpack.HeaderField{Name: all[i], Value: all[i+1]})
			}
			return bytes.Clone(block.Bytes())
		})
		f.Add(said.Bytes())
	}
	f.Fuzz(func(t *testing.T, said []byte) {
		listener := make(pipes)
		server := http2.New(routes(), limits)
		served := make(chan error, 1)
		go func() { served <- server.Serve(listener) }()
		ours, theirs := net.Pipe()
		listener <- theirs
		heard := make(chan struct{})
		go func() {
			defer close(heard)
			_, _ = io.Copy(io.Discard, ours)
		}()
		require.NoError(t, ours.SetWriteDeadline(time.Now().Add(time.Minute)))
		_, err := ours.Write(append([]byte(wire.ClientPreface), said...))
		_ = err // it may have hung up
		require.NoError(t, ours.Close())
		require.NoError(t, server.Shutdown(t.Context()))
		require.ErrorIs(t, <-served, http.ErrServerClosed)
		<-heard
	})
}
