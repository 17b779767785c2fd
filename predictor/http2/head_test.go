package http2

import (
	"bytes"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	wire "golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// block returns fields as HPACK has them: name and value in turn.
func block(fields ...string) []byte {
	var out bytes.Buffer
	encoder := hpack.NewEncoder(&out)
	for i := 0; i < len(fields); i += 2 {
		_ = encoder.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]}) // into memory
	}
	return out.Bytes()
}

// frames returns a block as frames of a stream: the first of so many bytes, and one more if that isn't all.
func frames(block []byte, first int) []byte {
	var out bytes.Buffer
	framer := wire.NewFramer(&out, nil)
	first = min(first, len(block))
	whole := first == len(block)
	_ = framer.WriteHeaders(wire.HeadersFrameParam{StreamID: 1, BlockFragment: block[:first], EndStream: true, EndHeaders: whole}) // into memory
	if !whole {
		_ = framer.WriteContinuation(1, true, block[first:])
	}
	return out.Bytes()
}

// read reads a head of frames.
func read(r *headReader, frames []byte) (*head, error) {
	framer := wire.NewFramer(nil, bytes.NewReader(frames))
	frame, err := framer.ReadFrame()
	if err != nil {
		return nil, err
	}
	h, err := r.read(frame.(*wire.HeadersFrame))
	for h == nil && err == nil {
		if frame, err = framer.ReadFrame(); err == nil {
			h, err = r.readOn(frame.(*wire.ContinuationFrame))
		}
	}
	return h, err
}

func TestHeadsAreReadAsTheyAreWritten(t *testing.T) {
	plain := block(":method", "POST", ":scheme", "http", ":path", "/a", ":authority", "shop", "te", "trailers", "x-many", "1", "x-many", "2")
	for _, first := range []int{0, 1, 7, len(plain)} {
		h, err := read(newHeadReader(1000), frames(plain, first))
		require.NoError(t, err)
		require.Equal(t, []string{"POST", "http", "/a", "shop"}, []string{h.method, h.scheme, h.path, h.authority})
		require.Equal(t, []hpack.HeaderField{{Name: "te", Value: "trailers"}, {Name: "x-many", Value: "1"}, {Name: "x-many", Value: "2"}}, h.fields)
		require.True(t, h.last)
		require.False(t, h.tooMuch)
	}
}

func TestMalformedHeadsAreRefused(t *testing.T) {
	for name, fields := range map[string][]string{
		"a field before :path":        {":method", "GET", "te", "trailers", ":path", "/"},
		"two methods":                 {":method", "GET", ":method", "GET"},
		"an unknown :field":           {":method", "GET", ":other", "x"},
		"a status":                    {":status", "200"},
		"a name in capitals":          {":method", "GET", "X-Many", "1"},
		"a name with a space":         {":method", "GET", "x many", "1"},
		"no name":                     {":method", "GET", "", "1"},
		"a value of more than a line": {":method", "GET", "x-many", "1\r\nx: 2"},
	} {
		_, err := read(newHeadReader(1000), frames(block(fields...), 1000))
		require.Equal(t, wire.StreamError{StreamID: 1, Code: wire.ErrCodeProtocol}, err, name)
	}
}

// FuzzHead reads heads, one referring to the other, and compares them with what golang.org/x/net/http2 makes of them.
func FuzzHead(f *testing.F) {
	f.Add(block(":method", "POST", ":scheme", "http", ":path", "/", "te", "trailers"), block("x-long", string(bytes.Repeat([]byte("x"), 300))), 5)
	f.Add(block(":method", "POST", ":method", "POST"), []byte{0xbe, 0xff, 0xff}, 1)
	f.Add(block("TE", "trailers", ":path", "/"), []byte{0x3f, 0xe1, 0x1f}, 0)
	f.Fuzz(func(t *testing.T, first, second []byte, cut int) {
		const limit, longest = 256, 8 << 10
		if len(first) > longest || len(second) > longest || cut < 0 {
			return
		}
		ours := newHeadReader(limit)
		theirs := hpack.NewDecoder(tableSize, nil)
		for _, block := range [][]byte{first, second} {
			sent := frames(block, cut)
			framer := wire.NewFramer(nil, bytes.NewReader(sent))
			framer.ReadMetaHeaders, framer.MaxHeaderListSize = theirs, limit
			frame, expected := framer.ReadFrame()
			h, err := read(ours, sent)
			if expected != nil {
				require.Error(t, err, "%v", expected)
				return // the connection is over, or what follows would be read behind what was given up
			}
			meta := frame.(*wire.MetaHeadersFrame)
			other := func(field hpack.HeaderField) bool { // what no request has, or is counted otherwise
				return slices.Contains([]string{":status", ":protocol", "trailer"}, field.Name)
			}
			if slices.ContainsFunc(meta.Fields, other) || meta.Truncated {
				return
			}
			require.NoError(t, err)
			require.Equal(t, append([]hpack.HeaderField{}, meta.RegularFields()...), append([]hpack.HeaderField{}, h.fields...))
			require.Equal(t, []string{meta.PseudoValue("method"), meta.PseudoValue("scheme"), meta.PseudoValue("path"), meta.PseudoValue("authority")},
				[]string{h.method, h.scheme, h.path, h.authority})
		}
	})
}
