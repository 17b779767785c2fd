package http2

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	wire "golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// Whatever is encoded between unary answers, and whatever a client remembers, it reads the same.
func TestUnaryAnswersAreReadAsTheyWereMeantWhateverWasEncodedBetween(t *testing.T) {
	out := newOutput(nil, time.Minute)
	framer := wire.NewFramer(nil, &out.pending)
	framer.ReadMetaHeaders = hpack.NewDecoder(tableSize, nil)
	read := func(id uint32) *wire.MetaHeadersFrame {
		frame, err := framer.ReadFrame()
		require.NoError(t, err)
		fields, is := frame.(*wire.MetaHeadersFrame)
		require.True(t, is, "%v", frame)
		require.Equal(t, id, fields.StreamID)
		return fields
	}
	ready := 0
	for n := range 2000 {
		id, date, message := uint32(2*n+1), fmt.Sprintf("day %d", n/5), fmt.Appendf(nil, "message %d", n)
		if out.ready.date == date {
			ready++
		}
		out.unary(id, message, date)
		head := read(id)
		require.Equal(t, "200", head.PseudoValue("status"))
		require.Equal(t, []hpack.HeaderField{{Name: "content-type", Value: "application/grpc"}, {Name: "date", Value: date}}, head.RegularFields())
		require.False(t, head.StreamEnded())
		frame, err := framer.ReadFrame()
		require.NoError(t, err)
		data, is := frame.(*wire.DataFrame)
		require.True(t, is, "%v", frame)
		require.False(t, data.StreamEnded())
		require.Equal(t, string(message), string(data.Data()))
		trailers := read(id)
		require.Equal(t, []hpack.HeaderField{{Name: "grpc-status", Value: "0"}}, trailers.Fields)
		require.True(t, trailers.StreamEnded())
		switch {
		case n%7 == 0:
			out.fields(id, []hpack.HeaderField{{Name: "x-other", Value: fmt.Sprint(n)}}, true, frameSize)
			require.Equal(t, fmt.Sprint(n), read(id).Fields[0].Value)
		case n%501 == 0:
			out.limitTable(uint32(tableSize - n))
		case n == 1900:
			out.limitTable(0)
		}
	}
	require.Greater(t, ready, 500, "most are sent as they were encoded before")
}

// Whatever a client sends between two heads that are the same bytes, they are read as they would be by themselves.
func TestAHeadThatIsRepeatedIsReadAsItWouldBeDecoded(t *testing.T) {
	var sent, block bytes.Buffer
	encoder, writer := hpack.NewEncoder(&block), wire.NewFramer(&sent, nil)
	reader, framer := newHeadReader(1<<10), wire.NewFramer(nil, &sent)
	known := 0
	for n := range 1000 {
		fields := []hpack.HeaderField{
			{Name: ":method", Value: "POST"}, {Name: ":scheme", Value: "http"}, {Name: ":path", Value: fmt.Sprint("/call/", n/5)},
			{Name: "content-type", Value: "application/grpc"}, {Name: "te", Value: "trailers"},
		}
		if n%11 == 0 {
			fields = append(fields, hpack.HeaderField{Name: "x-other", Value: fmt.Sprint(n)})
		}
		block.Reset()
		for _, field := range fields {
			require.NoError(t, encoder.WriteField(field))
		}
		if len(reader.known) > 0 && bytes.Equal(block.Bytes(), reader.known) {
			known++
		}
		last := n%2 == 0
		require.NoError(t, writer.WriteHeaders(wire.HeadersFrameParam{StreamID: uint32(2*n + 1), BlockFragment: block.Bytes(), EndHeaders: true, EndStream: last}))
		frame, err := framer.ReadFrame()
		require.NoError(t, err)
		begin, is := frame.(*wire.HeadersFrame)
		require.True(t, is)
		h, err := reader.read(begin)
		require.NoError(t, err)
		require.Equal(t, uint32(2*n+1), h.id)
		require.Equal(t, last, h.last)
		require.Equal(t, fields[2].Value, h.path)
		require.Equal(t, "POST", h.method)
		require.Len(t, h.fields, len(fields)-3)
		for i, field := range h.fields {
			require.Equal(t, fields[3+i].Value, field.Value)
		}
		reader.forget()
	}
	require.Greater(t, known, 300, "most aren't decoded")
}
