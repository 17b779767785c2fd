package http2_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	wire "golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/daybreak-ml/daybreak/predictor/http2"
)

var limits = http2.Limits{
	Frame: time.Minute, Request: time.Minute, Write: time.Minute, Idle: time.Minute, Ping: time.Minute, Pong: time.Minute, // which a busy machine may take
	Streams: 100, Header: 16 << 10,
}

// routes answer in the ways there are.
func routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		w.Header().Set("X-Method", r.Method)
		w.Header().Set("X-Query", r.URL.RawQuery)
		w.Header().Set("X-Host", r.Host)
		w.Header().Set("X-Length", fmt.Sprint(r.ContentLength))
		w.Header()["X-Sent"] = r.Header["X-Sent"]
		_, _ = w.Write(body)
	})
	mux.HandleFunc("/long", func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err == nil {
			_, _ = w.Write(make([]byte, 1000))
		}
	})
	mux.HandleFunc("/unread", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	mux.HandleFunc("/none", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("/nothing", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/panic", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	mux.HandleFunc("/trailers", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Trailer", "X-Declared")
		_, _ = io.WriteString(w, "body")
		w.Header().Set("X-Declared", "1")
		w.Header().Set(http.TrailerPrefix+"X-Other", "2")
	})
	mux.HandleFunc("/pieces", func(w http.ResponseWriter, _ *http.Request) {
		for i := range 3 {
			_, _ = fmt.Fprint(w, i)
			_ = http.NewResponseController(w).Flush() // a client that has gone misses nothing
		}
	})
	mux.HandleFunc("/close", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Connection", "close") })
	return mux
}

// open serves routes until the test ends.
func open(t *testing.T, limits http2.Limits) net.Listener {
	t.Helper()
	return openWith(t, limits, routes())
}

func openWith(t *testing.T, limits http2.Limits, handler http.Handler) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := http2.New(handler, limits)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	t.Cleanup(func() {
		require.NoError(t, server.Close())
		require.ErrorIs(t, <-ended, http.ErrServerClosed)
	})
	return listener
}

// client returns Go's own client of HTTP/2 without TLS.
func client(t *testing.T) *http.Client {
	t.Helper()
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: &protocols}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// answer is what a client sees.
type answer struct {
	status  int
	header  http.Header
	body    string
	trailer http.Header
}

func ask(t *testing.T, c *http.Client, method, url string, body io.Reader) answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, body)
	require.NoError(t, err)
	request.Header["X-Sent"] = []string{"a", "b"}
	got, err := c.Do(request)
	require.NoError(t, err)
	defer func() { require.NoError(t, got.Body.Close()) }()
	read, err := io.ReadAll(got.Body)
	require.NoError(t, err)
	for _, name := range []string{"Date", "X-Host", "Content-Length"} {
		got.Header.Del(name) // differ by time, by port, and where one server says what the other leaves to the frames
	}
	return answer{got.StatusCode, got.Header, string(read), got.Trailer}
}

func TestRequestsAreAnsweredAsNetHTTPAnswersThem(t *testing.T) {
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	theirs, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	standard := &http.Server{Handler: routes(), Protocols: &protocols, ReadHeaderTimeout: time.Minute}
	ended := make(chan error, 1)
	go func() { ended <- standard.Serve(theirs) }()
	defer func() {
		require.NoError(t, standard.Close())
		require.ErrorIs(t, <-ended, http.ErrServerClosed)
	}()
	ours, c := open(t, limits), client(t)
	large := strings.Repeat("0123456789abcdef", 3<<16) // three times what may be sent before it is read
	for _, asked := range []struct{ name, method, path, body string }{
		{"GET", "GET", "/echo", ""}, {"POST", "POST", "/echo", "hello"}, {"a query", "GET", "/echo?a=b%20c", ""}, {"an escaped path", "GET", "/ec%68o", ""},
		{"HEAD", "HEAD", "/echo", ""}, {"a large body", "POST", "/echo", large}, {"no such path", "GET", "/other", ""}, {"another method", "PUT", "/echo", "x"},
		{"no content", "GET", "/none", ""}, {"nothing written", "GET", "/nothing", ""}, {"trailers", "GET", "/trailers", ""}, {"pieces", "GET", "/pieces", ""},
		{"a body that nobody reads", "POST", "/unread", "x"},
	} {
		t.Run(asked.name, func(t *testing.T) {
			expected := ask(t, c, asked.method, "http://"+theirs.Addr().String()+asked.path, strings.NewReader(asked.body))
			require.Equal(t, expected, ask(t, c, asked.method, "http://"+ours.Addr().String()+asked.path, strings.NewReader(asked.body)))
		})
	}
}

func TestABodyOfUnknownLengthIsReadAsItComes(t *testing.T) {
	listener, c := open(t, limits), client(t)
	reader, writer := io.Pipe()
	go func() {
		for i := range 3 {
			_, _ = fmt.Fprint(writer, i)
			time.Sleep(time.Millisecond)
		}
		_ = writer.Close()
	}()
	got := ask(t, c, "POST", "http://"+listener.Addr().String()+"/echo", reader)
	require.Equal(t, "012", got.body)
	require.Equal(t, "-1", got.header.Get("X-Length"))
}

func TestRequestsOfOneConnectionAreAnsweredBesideEachOther(t *testing.T) {
	listener, c := open(t, limits), client(t)
	var all sync.WaitGroup
	for i := range 400 { // four times as many as may be under way
		all.Go(func() {
			body := strings.Repeat(fmt.Sprint(i, " "), i*10)
			assert.Equal(t, body, ask(t, c, "POST", "http://"+listener.Addr().String()+"/echo", strings.NewReader(body)).body)
		})
	}
	all.Wait()
}

func TestLargeBodiesOfOneConnectionDoNotHoldEachOtherUp(t *testing.T) {
	listener, c := open(t, limits), client(t)
	body := strings.Repeat("0123456789abcdef", 3<<16) // three times what all of them may send before it is read
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			assert.Equal(t, body, ask(t, c, "POST", "http://"+listener.Addr().String()+"/echo", io.NopCloser(strings.NewReader(body))).body)
		})
	}
	all.Wait()
}

func TestAHandlerLearnsThatItsClientHasGone(t *testing.T) {
	begun, gone := make(chan struct{}), make(chan error, 1)
	listener := openWith(t, limits, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(begun)
		<-r.Context().Done()
		gone <- r.Context().Err()
	}))
	ctx, cancel := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, "GET", "http://"+listener.Addr().String(), nil)
	require.NoError(t, err)
	go func() {
		<-begun
		cancel()
	}()
	_, err = client(t).Do(request) //nolint:bodyclose // there is none
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, <-gone, context.Canceled)
}

func TestAPingIsAnsweredThoughTheRequestSentAlongWithItTakesLong(t *testing.T) {
	answered := make(chan struct{})
	w := dial(t, openWith(t, limits, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-answered })))
	w.headers(1, true, "GET", "/")
	require.NoError(t, w.framer.WritePing(false, [8]byte{1}))
	w.await(t, func(frame wire.Frame) bool {
		ping, is := frame.(*wire.PingFrame)
		return is && ping.IsAck() && ping.Data == [8]byte{1}
	})
	close(answered)
	require.Equal(t, "200", w.status(t, 1))
}

func TestAPanicFailsItsRequestAlone(t *testing.T) {
	listener, c := open(t, limits), client(t)
	_, err := c.Get("http://" + listener.Addr().String() + "/panic") //nolint:bodyclose,noctx // there is none, and it fails at once
	require.ErrorContains(t, err, "INTERNAL_ERROR")
	require.Equal(t, "x", ask(t, c, "POST", "http://"+listener.Addr().String()+"/echo", strings.NewReader("x")).body)
}

func TestTooManyFieldsAreTooMany(t *testing.T) {
	listener := open(t, limits)
	w := dial(t, listener)
	w.headers(1, true, "GET", "/echo", slices.Repeat([]string{"x-many", strings.Repeat("x", 1000)}, 17)...)
	require.Equal(t, "431", w.status(t, 1))
}

func TestShutdownAnswersWhatIsUnderWayAndSendsClientsAway(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	begun, finish := make(chan struct{}), make(chan struct{})
	server := http2.New(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(begun)
		<-finish
		_, _ = io.WriteString(w, "whole")
	}), limits)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	answered := make(chan answer, 1)
	go func() { answered <- ask(t, client(t), "GET", "http://"+listener.Addr().String(), nil) }()
	<-begun
	ended := make(chan error, 1)
	go func() { ended <- server.Shutdown(t.Context()) }()
	require.ErrorIs(t, <-served, http.ErrServerClosed)
	close(finish)
	require.Equal(t, "whole", (<-answered).body)
	require.NoError(t, <-ended)
}

func TestAnAnswerThatClosesSendsTheClientToAnotherConnection(t *testing.T) {
	listener := open(t, limits)
	w := dial(t, listener)
	w.headers(1, true, "GET", "/close")
	require.Equal(t, "200", w.status(t, 1))
	w.await(t, func(frame wire.Frame) bool { _, is := frame.(*wire.GoAwayFrame); return is })
}

func TestWhatIsAskedAfterAFarewellDoesNotDisturbWhatIsUnderWay(t *testing.T) {
	finish := make(chan struct{})
	w := dial(t, openWith(t, limits, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/close" {
			w.Header().Set("Connection", "close")
			return
		}
		<-finish
		_, _ = io.WriteString(w, "whole")
	})))
	w.headers(1, true, "GET", "/slow")
	w.headers(3, true, "GET", "/close")
	w.await(t, func(frame wire.Frame) bool {
		ping, is := frame.(*wire.PingFrame)
		if is {
			require.NoError(t, w.framer.WritePing(true, ping.Data))
		}
		return is
	})
	w.headers(5, false, "POST", "/late") // which was on its way
	require.NoError(t, w.framer.WriteData(5, true, []byte("x")))
	w.await(t, func(frame wire.Frame) bool {
		reset, is := frame.(*wire.RSTStreamFrame)
		return is && reset.StreamID == 5
	})
	close(finish)
	require.Equal(t, "200", w.status(t, 1))
}

func TestAClientThatResetsWhatItAsksForFindsNoMorePlaces(t *testing.T) {
	var under, most atomic.Int64
	finish := make(chan struct{})
	few := limits
	few.Streams = 5
	w := dial(t, openWith(t, few, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		most.Store(max(most.Load(), under.Add(1)))
		<-finish
		under.Add(-1)
	})))
	defer close(finish)
	for i := range uint32(50) {
		w.headers(2*i+1, true, "GET", "/")
		require.NoError(t, w.framer.WriteRSTStream(2*i+1, wire.ErrCodeCancel))
	}
	refused := 0
	w.await(t, func(frame wire.Frame) bool {
		if reset, is := frame.(*wire.RSTStreamFrame); is && reset.ErrCode == wire.ErrCodeRefusedStream {
			refused++
		}
		return refused == 45
	})
	require.LessOrEqual(t, most.Load(), int64(5))
}

func TestSlowAndSilentClientsAreLetGo(t *testing.T) {
	short := 40 * time.Millisecond
	for _, c := range []struct {
		name   string
		limits func(*http2.Limits)
		say    func(*rawClient)
	}{
		{"who begin no connection", func(l *http2.Limits) { l.Frame = short }, nil},
		{"who don't finish a frame", func(l *http2.Limits) { l.Frame = short }, func(w *rawClient) { w.greet(); w.write([]byte{0, 0, 9}) }},
		{"who ask for nothing", func(l *http2.Limits) { l.Idle = short }, func(w *rawClient) { w.greet() }},
		{"who don't answer pings", func(l *http2.Limits) { l.Ping, l.Pong = short, short }, func(w *rawClient) { w.greet() }},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := limits
			c.limits(&l)
			w := connect(t, open(t, l))
			if c.say != nil {
				c.say(w)
			}
			_, err := io.Copy(io.Discard, w.net) // until the server hangs up
			require.NotErrorIs(t, err, os.ErrDeadlineExceeded, "the server does not hang up")
		})
	}
}

func TestARequestThatNeverComesWholeIsGivenUp(t *testing.T) {
	met := make(chan error, 1)
	short := limits
	short.Request = 40 * time.Millisecond
	w := dial(t, openWith(t, short, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(r.Body)
		met <- err
	})))
	w.headers(1, false, "POST", "/")
	require.ErrorContains(t, <-met, "timeout")
}

func TestAnAnswerThatNobodyTakesIsGivenUp(t *testing.T) {
	met := make(chan error, 1)
	short := limits
	short.Write = 40 * time.Millisecond
	w := dial(t, openWith(t, short, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, err := w.Write(make([]byte, 1<<20)) // more than the client lets us send
		met <- err
	})))
	w.headers(1, true, "GET", "/")
	require.Error(t, <-met)
	w.await(t, func(frame wire.Frame) bool { _, is := frame.(*wire.RSTStreamFrame); return is })
}

// A rawClient says what it likes.
type rawClient struct {
	net    net.Conn
	framer *wire.Framer
	block  bytes.Buffer
	fields *hpack.Encoder
}

func connect(t *testing.T, listener net.Listener) *rawClient {
	t.Helper()
	connection, err := net.Dial("tcp", listener.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = connection.Close() })
	require.NoError(t, connection.SetDeadline(time.Now().Add(5*time.Minute)))
	c := &rawClient{net: connection, framer: wire.NewFramer(connection, connection)}
	c.fields = hpack.NewEncoder(&c.block)
	c.framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	return c
}

// dial connects and greets.
func dial(t *testing.T, listener net.Listener) *rawClient {
	t.Helper()
	c := connect(t, listener)
	c.greet()
	return c
}

func (c *rawClient) write(bytes []byte) { _, _ = c.net.Write(bytes) } // what fails to be written isn't answered

func (c *rawClient) greet() {
	c.write([]byte(wire.ClientPreface))
	_ = c.framer.WriteSettings()
}

// headers begins a request, which ends with it if last is true.
func (c *rawClient) headers(id uint32, last bool, method, path string, more ...string) {
	c.block.Reset()
	all := append([]string{":method", method, ":scheme", "http", ":path", path, ":authority", "shop"}, more...)
	for i := 0; i < len(all); i += 2 {
		_ = c.fields.WriteField(hpack.HeaderField{Name: all[i], Value: all[i+1]})
	}
	rest := c.block.Bytes()
	piece := rest[:min(len(rest), 16<<10)]
	rest = rest[len(piece):]
	_ = c.framer.WriteHeaders(wire.HeadersFrameParam{StreamID: id, BlockFragment: piece, EndStream: last, EndHeaders: len(rest) == 0})
	if len(rest) > 0 {
		_ = c.framer.WriteContinuation(id, true, rest)
	}
}

// await reads frames until one is it.
func (c *rawClient) await(t *testing.T, is func(wire.Frame) bool) {
	t.Helper()
	for {
		frame, err := c.framer.ReadFrame()
		require.NoError(t, err)
		if is(frame) {
			return
		}
	}
}

// status reads frames until a stream's answer begins, and returns its status.
func (c *rawClient) status(t *testing.T, id uint32) (status string) {
	t.Helper()
	c.await(t, func(frame wire.Frame) bool {
		head, is := frame.(*wire.MetaHeadersFrame)
		if is && head.StreamID == id {
			status = head.PseudoValue("status")
		}
		return status != ""
	})
	return status
}
