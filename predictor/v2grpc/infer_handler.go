package v2grpc

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/daybreak-ml/daybreak/predictor/recommend"
	"github.com/daybreak-ml/daybreak/predictor/v2grpc/inference"
)

// An InferHandler answers ModelInfer calls over a server of HTTP/2, with less work than a grpc.Server does, which
// gets all other calls, and those whose messages are compressed. Source: gRPC over HTTP2,
// https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md.
type InferHandler struct {
	API       API
	Around    grpc.UnaryServerInterceptor // each call; it keeps nothing of its messages
	ByHeaders bool                        // whether that looks at what clients send along with a call
	Others    http.Handler
}

const (
	prefixSize = 5 // bytes before a message: whether it is compressed, and its length
	grpcType   = "application/grpc"
)

// ServeHTTP answers a call.
func (h *InferHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	timeout, plain := plainCall(r)
	if !plain {
		h.Others.ServeHTTP(w, r)
		return
	}
	c := &call{}
	ctx := grpc.NewContextWithServerTransportStream(r.Context(), c)
	if timeout > 0 {
		waits := &deadlined{Context: ctx, deadline: time.Now().Add(timeout)}
		defer waits.end()
		ctx = waits
	}
	if h.ByHeaders {
		ctx = metadata.NewIncomingContext(ctx, sentAlong(r))
	}
	memory, _ := memories.Get().(*callMemory)
	out, err := h.call(ctx, r.Body, memory)
	var message []byte
	if err == nil {
		message, err = memory.encode(out)
	}
	c.answer(w, message, err)
	memory.giveBack()
}

// A callMemory is what calls are read, answered and encoded in, one after the other.
type callMemory struct {
	message  bytes.Buffer // as it came
	request  plainRequest
	response plainResponse
	framed   []byte // the response as it leaves
}

// memories keeps the memory of calls that were answered for those to come.
var memories = sync.Pool{New: func() any { return &callMemory{} }}

// giveBack gives the memory back, when nothing of the call is needed any more.
func (m *callMemory) giveBack() {
	if m.message.Cap() > mostKept {
		m.message = bytes.Buffer{}
	}
	if cap(m.framed) > mostKept {
		m.framed = nil
	}
	m.message.Reset()
	m.request.forget()
	m.response.forget()
	memories.Put(m)
}

// plainCall says whether a request is a call that is answered here, and how long its client waits; 0 if it doesn't say.
func plainCall(r *http.Request) (timeout time.Duration, plain bool) {
	if r.URL.Path != inference.GRPCInferenceService_ModelInfer_FullMethodName || r.Method != http.MethodPost {
		return 0, false
	}
	if kind := r.Header.Get("Content-Type"); kind != grpcType && kind != grpcType+"+proto" {
		return 0, false
	}
	if coding := r.Header.Get("Grpc-Encoding"); coding != "" && coding != "identity" {
		return 0, false
	}
	text := r.Header.Get("Grpc-Timeout")
	if text == "" {
		return 0, true
	}
	timeout, err := decodeTimeout(text)
	return timeout, err == nil
}

// decodeTimeout reads how long a client waits.
func decodeTimeout(text string) (time.Duration, error) {
	const digits = 8
	unit, known := timeoutUnits[text[len(text)-1]]
	number, err := strconv.ParseUint(text[:len(text)-1], 10, 63)
	if !known || err != nil || len(text) > digits+1 {
		return 0, fmt.Errorf("grpc-timeout is %q; it must be up to eight digits and one of H, M, S, m, u and n", text)
	}
	if longest := uint64(math.MaxInt64 / unit); number > longest {
		number = longest // 10⁸ hours are more than a Duration holds
	}
	return max(time.Duration(number)*unit, 1), nil
}

var timeoutUnits = map[byte]time.Duration{
	'H': time.Hour, 'M': time.Minute, 'S': time.Second, 'm': time.Millisecond, 'u': time.Microsecond, 'n': time.Nanosecond,
}

// sentAlong returns a request's fields as a call's metadata.
func sentAlong(r *http.Request) metadata.MD {
	all := make(metadata.MD, len(r.Header))
	for name, values := range r.Header {
		all[strings.ToLower(name)] = values
	}
	return all
}

// call reads the call's message and answers it. Error: a status.
func (h *InferHandler) call(ctx context.Context, body io.Reader, memory *callMemory) (any, error) {
	message, err := readMessage(body, &memory.message)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, status.FromContextError(err).Err()
	}
	in, err := decodeInfer(message, &memory.request)
	if err != nil {
		return nil, status.Errorf(codes.Internal, "grpc: error unmarshalling request: %v", err)
	}
	info := &grpc.UnaryServerInfo{Server: &h.API, FullMethod: inference.GRPCInferenceService_ModelInfer_FullMethodName}
	out, err := h.Around(ctx, in, info, func(ctx context.Context, _ any) (any, error) { // which is what was given
		return h.API.inferInto(ctx, in, &memory.response)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// readMessage returns a call's only message, in memory of the body's if that is there to its end, or else read into
// memory, of which it takes no more than has come. Error: a status, with the code that a grpc.Server has for it.
func readMessage(body io.Reader, into *bytes.Buffer) ([]byte, error) {
	if own, can := body.(wholeBody); can {
		if all, whole := own.Whole(); whole {
			return onlyMessage(all)
		}
	}
	var prefix [prefixSize]byte
	if _, err := io.ReadFull(body, prefix[:]); err != nil {
		return nil, unread(err)
	}
	size, err := messageSize(prefix[:])
	if err != nil {
		return nil, err
	}
	if err := readInto(into, body, size); err != nil {
		return nil, unread(err)
	}
	switch n, err := body.Read(prefix[:1]); {
	case n > 0:
		return nil, errMore
	case err != nil && !errors.Is(err, io.EOF):
		return nil, unread(err)
	}
	return into.Bytes(), nil
}

// A wholeBody may be there to its end already.
type wholeBody interface {
	Whole() (all []byte, whole bool)
}

// onlyMessage returns the message that is all of a body. Error: as of readMessage.
func onlyMessage(body []byte) ([]byte, error) {
	if len(body) < prefixSize {
		return nil, unread(io.ErrUnexpectedEOF)
	}
	size, err := messageSize(body[:prefixSize])
	message := body[prefixSize:]
	switch {
	case err != nil:
		return nil, err
	case len(message) < size:
		return nil, unread(io.ErrUnexpectedEOF)
	case len(message) > size:
		return nil, errMore
	}
	return message, nil
}

// messageSize returns how long a message is, by its prefix. Error: as of readMessage.
func messageSize(prefix []byte) (int, error) {
	size := binary.BigEndian.Uint32(prefix[1:])
	switch {
	case prefix[0] != 0:
		return 0, status.Error(codes.Internal, "grpc: compressed flag set with identity or empty encoding")
	case size > recommend.MaxBody:
		return 0, status.Errorf(codes.ResourceExhausted, "grpc: received message larger than max (%d vs. %d)", size, recommend.MaxBody)
	}
	return int(size), nil
}

// errMore is met by a call that has more than one message.
var errMore = status.Error(codes.Internal, "grpc: a unary call must have one message; there are more")

// readInto reads so many bytes.
func readInto(into *bytes.Buffer, body io.Reader, size int) error {
	const short = 4 << 10 // for which memory is taken before they have come
	if size > short {
		_, err := io.CopyN(into, body, int64(size))
		return err
	}
	into.Grow(size)
	n, err := io.ReadFull(body, into.AvailableBuffer()[:size])
	into.Write(into.AvailableBuffer()[:n])
	return err
}

// unread returns the status for a message that didn't come.
func unread(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return status.Error(codes.Internal, io.ErrUnexpectedEOF.Error())
	}
	return status.FromContextError(err).Err()
}

// encode returns a message with its prefix.
func (m *callMemory) encode(message any) ([]byte, error) {
	if out, is := message.(*inference.ModelInferResponse); is {
		framed, plain := appendPlain(slices.Grow(m.framed[:0], prefixSize+sizeOfResponse(out))[:prefixSize], out)
		m.framed = framed
		if plain {
			return prefixed(framed), nil
		}
	}
	encoded, is := message.(proto.Message)
	if !is {
		return nil, status.Errorf(codes.Internal, "grpc: the answer is a %T, which is no message", message)
	}
	framed, err := proto.MarshalOptions{}.MarshalAppend(make([]byte, prefixSize, prefixSize+proto.Size(encoded)), encoded)
	if err != nil {
		return nil, status.Errorf(codes.Internal, "grpc: the answer can't be encoded: %v", err)
	}
	return prefixed(framed), nil
}

// prefixed writes the prefix of a message, for which there is room before it.
func prefixed(framed []byte) []byte {
	framed[0] = 0
	binary.BigEndian.PutUint32(framed[1:], uint32(len(framed)-prefixSize))
	return framed
}

// A call gathers what is to be sent along with an answer.
type call struct {
	mu              sync.Mutex
	header, trailer metadata.MD
}

// Method returns the call's name.
func (*call) Method() string { return inference.GRPCInferenceService_ModelInfer_FullMethodName }

// SetHeader adds to what is sent before the answer.
func (c *call) SetHeader(more metadata.MD) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.header = metadata.Join(c.header, more)
	return nil
}

// SendHeader adds to what is sent before the answer, with which it leaves.
func (c *call) SendHeader(more metadata.MD) error { return c.SetHeader(more) }

// SetTrailer adds to what is sent behind the answer.
func (c *call) SetTrailer(more metadata.MD) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.trailer = metadata.Join(c.trailer, more)
	return nil
}

// A unaryWriter sends a message as the whole answer of a call whose status is OK, or reports false if it can't.
type unaryWriter interface {
	Unary(message []byte) (sent bool)
}

// Values that most answers have; nobody changes them.
var (
	grpcTypes = []string{grpcType}
	statusOK  = []string{"0"}
)

// answer sends a message, or if there is an error, why there is none.
func (c *call) answer(w http.ResponseWriter, message []byte, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if own, can := w.(unaryWriter); can && err == nil && len(c.header)+len(c.trailer) == 0 && own.Unary(message) {
		return
	}
	header := w.Header()
	header["Content-Type"] = grpcTypes
	for name, values := range c.header {
		header[http.CanonicalHeaderKey(name)] = values
	}
	trailing := "" // an error is all head
	if err == nil {
		trailing = http.TrailerPrefix
		header[http.TrailerPrefix+"Grpc-Status"] = statusOK
	} else {
		told := status.Convert(err)
		header["Grpc-Status"] = []string{strconv.Itoa(int(told.Code()))}
		if text := told.Message(); text != "" {
			header["Grpc-Message"] = []string{escape(text)}
		}
	}
	for name, values := range c.trailer {
		header[trailing+http.CanonicalHeaderKey(name)] = values
	}
	_, _ = w.Write(message) // a client that has gone misses nothing
}

// escape writes an error's text as the Grpc-Message field has it: bytes that aren't printable ASCII, and the
// percent sign, as a percent sign and two hexadecimal digits.
func escape(text string) string {
	var escaped strings.Builder
	for i := range len(text) {
		if b := text[i]; b >= ' ' && b <= '~' && b != '%' {
			escaped.WriteByte(b)
		} else {
			fmt.Fprintf(&escaped, "%%%02X", b)
		}
	}
	return escaped.String()
}
