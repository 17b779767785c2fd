package v2grpc_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	wire "golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"golang.org/x/sys/unix"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/model/modeltest"
	"github.com/daybreak-ml/daybreak/predictor/http2"
	"github.com/daybreak-ml/daybreak/predictor/metrics"
	"github.com/daybreak-ml/daybreak/predictor/recommend"
	"github.com/daybreak-ml/daybreak/predictor/v2grpc"
	"github.com/daybreak-ml/daybreak/predictor/v2grpc/inference"
	"github.com/daybreak-ml/daybreak/predictor/versions"
)

// newAPI returns an API that answers for a small model.
func newAPI(t testing.TB) v2grpc.API {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "1")
	require.NoError(t, model.Write(dir, modeltest.Parameters(t, 1, modeltest.Small)))
	measured := metrics.New()
	models := versions.NewRepository("recommender", versions.Source{Dir: dir},
		func(name string) versions.Observer { return measured.Model(name) })
	require.NoError(t, models.Load("recommender"))
	t.Cleanup(models.Close)
	return v2grpc.API{Service: &recommend.Service{Models: models, Metrics: measured}, Ready: models.Ready}
}

// newHandler returns a handler of calls around which nothing is done.
func newHandler(t testing.TB) *v2grpc.InferHandler {
	return &v2grpc.InferHandler{
		API: newAPI(t),
		Around: func(ctx context.Context, in any, _ *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
			return handle(ctx, in)
		},
	}
}

// call is a call for ten items for one shopper, with its prefix.
func call(t testing.TB) []byte {
	t.Helper()
	message, err := proto.Marshal(&inference.ModelInferRequest{
		ModelName: "recommender",
		Inputs: []*inference.ModelInferRequest_InferInputTensor{{
			Name: "user_id", Datatype: "BYTES", Shape: []int64{1}, Contents: &inference.InferTensorContents{BytesContents: [][]byte{[]byte(modeltest.UserID(3))}},
		}},
	})
	require.NoError(t, err)
	return append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(message))), message...)
}

// BenchmarkModelInfer makes one call after the other over a connection to a server of this project's HTTP/2, and to one
// of grpc-go's, that answer for a small model. It reports the processor time of both sides; the client's, which
// encodes nothing, is the same with either.
func BenchmarkModelInfer(b *testing.B) {
	for _, server := range []struct {
		name  string
		serve func(listener net.Listener) (stop func())
	}{
		{"http2", func(listener net.Listener) func() {
			s := http2.New(newHandler(b), http2.Limits{
				Frame: time.Minute, Request: time.Minute, Write: time.Minute, Idle: time.Minute, Ping: time.Minute, Pong: time.Minute,
				Streams: 1000, Header: 64 << 10,
			})
			go func() { _ = s.Serve(listener) }()
			return func() { _ = s.Close() }
		}},
		{"grpc-go", func(listener net.Listener) func() {
			s := grpc.NewServer(grpc.ForceServerCodecV2(v2grpc.Codec{}))
			newAPI(b).Register(s, make(chan struct{}))
			go func() { _ = s.Serve(listener) }()
			return s.Stop
		}},
	} {
		b.Run(server.name, func(b *testing.B) {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(b, err)
			defer server.serve(listener)()
			c := newCaller(b, listener.Addr().String())
			began, stream := processorTime(b), uint32(1)
			b.ReportAllocs()
			for b.Loop() {
				c.call(b, stream)
				stream += 2
			}
			b.ReportMetric(float64((processorTime(b)-began).Nanoseconds())/float64(b.N)/1e3, "cpu-µs/op")
		})
	}
}

func processorTime(b *testing.B) time.Duration {
	var usage unix.Rusage
	require.NoError(b, unix.Getrusage(unix.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// A caller is a connection over which one call after the other is made, encoded beforehand.
type caller struct {
	net    net.Conn
	frames []byte // of a call
	second int    // where the second frame begins
	answer []byte // memory
}

func newCaller(b *testing.B, address string) *caller {
	connection, err := net.Dial("tcp", address)
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, connection.Close()) })
	var fields, frames bytes.Buffer
	encoder := hpack.NewEncoder(&fields)
	encoder.SetMaxDynamicTableSizeLimit(0) // so that each call's fields are the same bytes
	for _, field := range []hpack.HeaderField{
		{Name: ":method", Value: "POST"}, {Name: ":scheme", Value: "http"}, {Name: ":authority", Value: "127.0.0.1"},
		{Name: ":path", Value: inference.GRPCInferenceService_ModelInfer_FullMethodName},
		{Name: "content-type", Value: "application/grpc"}, {Name: "te", Value: "trailers"},
	} {
		require.NoError(b, encoder.WriteField(field))
	}
	framer := wire.NewFramer(&frames, nil)
	require.NoError(b, framer.WriteSettings())
	require.NoError(b, framer.WriteSettingsAck())
	require.NoError(b, framer.WriteWindowUpdate(0, 1<<30))
	_, err = connection.Write(append([]byte(wire.ClientPreface), frames.Bytes()...))
	require.NoError(b, err)
	frames.Reset()
	require.NoError(b, framer.WriteHeaders(wire.HeadersFrameParam{StreamID: 1, BlockFragment: fields.Bytes(), EndHeaders: true}))
	second := frames.Len()
	require.NoError(b, framer.WriteData(1, true, call(b)))
	return &caller{net: connection, frames: frames.Bytes(), second: second, answer: make([]byte, 64<<10)}
}

// call makes a call and waits for the end of its answer.
func (c *caller) call(b *testing.B, stream uint32) {
	const head, idAt = 9, 5
	binary.BigEndian.PutUint32(c.frames[idAt:], stream)
	binary.BigEndian.PutUint32(c.frames[c.second+idAt:], stream)
	if _, err := c.net.Write(c.frames); err != nil {
		b.Fatal(err)
	}
	held := c.answer[:0]
	for {
		n, err := c.net.Read(c.answer[len(held):])
		if err != nil {
			b.Fatal(err)
		}
		held = c.answer[:len(held)+n]
		for len(held) >= head {
			size := head + int(binary.BigEndian.Uint32(held)>>8)
			if len(held) < size {
				break
			}
			kind, ended := wire.FrameType(held[3]), wire.Flags(held[4]).Has(wire.FlagHeadersEndStream)
			switch {
			case kind == wire.FrameGoAway || kind == wire.FrameRSTStream:
				b.Fatal("the call failed")
			case kind == wire.FrameHeaders && ended && binary.BigEndian.Uint32(held[idAt:]) == stream:
				return
			}
			held = held[size:]
		}
		held = c.answer[:copy(c.answer, held)]
	}
}
