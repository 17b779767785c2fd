package http1

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// echo answers with all that it is asked.
var echo = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if r.URL.Path == "/bare" {
		return
	}
	if r.URL.Path == "/none" {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	w.Header().Set("X-Lines", "a\r\nb: c")
	w.Header().Add("X-Twice", "1")
	w.Header().Add("X-Twice", "2")
	if r.URL.Path == "/refused" {
		w.WriteHeader(http.StatusTooManyRequests)
	}
	w.Header().Set("X-Late", "after the status")
	_, _ = fmt.Fprintf(w, "%s %s %s %s %q %v %v %d ", r.Method, r.RequestURI, r.URL, r.Host, body, err, r.Close, r.ContentLength)
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		_, _ = fmt.Fprintf(w, "%s=%q ", name, r.Header[name])
	}
})

var generous = Limits{Head: time.Minute, Request: time.Minute, Write: time.Minute, Idle: time.Minute}

// serve answers by handler, here and, for other connections, by net/http, until the test ends.
func serve(t testing.TB, handler http.Handler, limits Limits) (address string, s *Server) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s = New(handler, limits, nil)
	behind := &http.Server{Handler: handler, ReadTimeout: limits.Request}
	ended := make(chan error, 2)
	go func() { ended <- s.Serve(listener) }()
	go func() { ended <- behind.Serve(s.Others()) }()
	t.Cleanup(func() {
		require.NoError(t, s.Close())
		require.NoError(t, behind.Close())
		require.ErrorIs(t, <-ended, http.ErrServerClosed)
		require.ErrorIs(t, <-ended, http.ErrServerClosed)
	})
	return listener.Addr().String(), s
}

// reference answers by net/http alone.
func reference(t *testing.T, handler http.Handler) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := &http.Server{Handler: handler}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { require.NoError(t, server.Close()) })
	return listener.Addr().String()
}

func dial(t testing.TB, address string) net.Conn {
	t.Helper()
	connection, err := net.Dial("tcp", address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = connection.Close() }) // the test has seen what it wanted
	require.NoError(t, connection.SetDeadline(time.Now().Add(5*time.Minute)))
	return connection
}

// told sends pieces and returns all that comes until the connection is closed, but for the date.
func told(t *testing.T, address string, pieces ...string) string {
	t.Helper()
	connection := dial(t, address)
	for _, piece := range pieces {
		if _, err := connection.Write([]byte(piece)); err != nil {
			break // it was closed for what came before
		}
	}
	answers := bufio.NewReader(connection)
	var all strings.Builder
	for {
		answer, err := http.ReadResponse(answers, nil)
		if err != nil {
			return all.String()
		}
		body, err := io.ReadAll(answer.Body)
		if errors.Is(err, syscall.ECONNRESET) { // it was closed for what came before, and didn't read all
			err = nil
		}
		answer.Header.Del("Date")
		answer.Header.Del("Content-Length") // where net/http sends chunks there is none
		fmt.Fprintf(&all, "%s %v %v %q %v\n", answer.Status, answer.Header, answer.Close, body, err)
	}
}

func TestAnswersAreThoseOfNetHTTP(t *testing.T) {
	address, _ := serve(t, echo, generous)
	want := reference(t, echo)
	for name, requests := range map[string]string{
		"a request":                       "POST /a HTTP/1.1\r\nHost: shop\r\nAccept: */*\r\naccept: x\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc",
		"several at once":                 "POST /a HTTP/1.1\r\nHost: shop\r\nContent-Length: 3\r\n\r\nabcGET /refused HTTP/1.1\r\nHost: shop\r\n\r\nGET /bare HTTP/1.1\r\nHost: shop\r\n\r\nGET /none HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n",
		"plain, then chunks, then plain":  "GET /a HTTP/1.1\r\nHost: shop\r\n\r\nPOST /b HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\nGET /c HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n",
		"HTTP/1.0":                        "GET /a HTTP/1.0\r\n\r\n",
		"HEAD":                            "HEAD /a HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n",
		"a query":                         "GET /a?b=c HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n",
		"Expect":                          "POST /a HTTP/1.1\r\nHost: shop\r\nExpect: 100-continue\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx",
		"no Host":                         "GET /a HTTP/1.1\r\n\r\n",
		"a malformed line":                "GET /a HTTP/1.1\r\nHost: shop\r\nA b\r\n\r\n",
		"a malformed length":              "GET /a HTTP/1.1\r\nHost: shop\r\nContent-Length: -1\r\n\r\n",
		"a version that there isn't":      "GET /a HTTP/3.0\r\nHost: shop\r\n\r\n",
		"a coding that there isn't":       "POST /a HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: rot13\r\n\r\n",
		"no HTTP":                         "\x16\x03\x01 hello\r\n\r\n",
		"a header that is too large":      "GET /a HTTP/1.1\r\nHost: shop\r\nA: " + strings.Repeat("a", 1<<20+8<<10) + "\r\n\r\n",
		"a body beyond what is held here": "POST /a HTTP/1.1\r\nHost: shop\r\nConnection: close\r\nContent-Length: 100000\r\n\r\n" + strings.Repeat("a", 100_000),
		"a body that fills what is held":  "POST /a HTTP/1.1\r\nHost: shop\r\nConnection: close\r\nContent-Length: 65536\r\n\r\n" + strings.Repeat("a", 65536),
	} {
		t.Run(name, func(t *testing.T) {
			whole := told(t, want, requests)
			require.NotEmpty(t, whole)
			require.True(t, whole == told(t, address, requests), "as %.1000s", whole)
			if len(requests) > 1000 {
				return
			}
			for at := 1; at < len(requests); at++ {
				require.Equal(t, whole, told(t, address, requests[:at], requests[at:]), "in two pieces, the first %q", requests[:at])
			}
		})
	}
}

func TestABodyThatEndsTooEarlyIsAnErrorOfReadingIt(t *testing.T) {
	address, _ := serve(t, echo, generous)
	want := reference(t, echo)
	half := func(address string) string {
		connection := dial(t, address)
		_, err := io.WriteString(connection, "POST /a HTTP/1.1\r\nHost: shop\r\nContent-Length: 10\r\n\r\nabc")
		require.NoError(t, err)
		require.NoError(t, connection.(*net.TCPConn).CloseWrite())
		answer, err := http.ReadResponse(bufio.NewReader(connection), nil)
		require.NoError(t, err)
		body, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		return string(body)
	}
	require.Equal(t, half(want), half(address))
}

func TestAmbiguousRequestsAreRefusedAndTheConnectionClosed(t *testing.T) {
	address, _ := serve(t, echo, generous)
	answer := told(t, address, "GET /a HTTP/1.1\r\nHost: shop\r\n\r\n",
		"POST /b HTTP/1.1\r\nHost: shop\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /c HTTP/1.1\r\nHost: shop\r\n\r\n")
	require.Contains(t, answer, "200 OK")
	require.Contains(t, answer, "400 Bad Request")
	require.Contains(t, answer, "ambiguous framing")
	require.NotContains(t, answer, "/c")
}

func TestSlowClientsAreLetGo(t *testing.T) {
	limits := Limits{Head: time.Second, Request: time.Second, Write: generous.Write, Idle: time.Second} // in which a busy machine says what is to be said
	address, _ := serve(t, echo, limits)
	for name, test := range map[string]struct{ sent, want string }{
		"one that says nothing":               {"", ""},
		"one that doesn't finish its head":    {"GET /a HTTP/1.1\r\nHost:", ""},
		"one that doesn't finish its body":    {"POST /a HTTP/1.1\r\nHost: shop\r\nContent-Length: 10\r\n\r\nabc", "i/o timeout"},
		"one that has nothing more to ask":    {"GET /a HTTP/1.1\r\nHost: shop\r\n\r\n", "200 OK"},
		"one that doesn't finish another one": {"GET /a HTTP/1.1\r\nHost: shop\r\n\r\nGET /b", "200 OK"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := told(t, address, test.sent)
			require.Contains(t, answer, test.want)
			require.LessOrEqual(t, strings.Count(answer, "\n"), 1)
		})
	}
}

func TestARequestWhoseClientHasGoneEnds(t *testing.T) {
	asked, ended := make(chan struct{}), make(chan error, 1)
	address, _ := serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), time.Minute)
		defer cancel()
		close(asked)
		<-ctx.Done()
		ended <- ctx.Err()
	}), generous)
	connection := dial(t, address)
	_, err := io.WriteString(connection, "GET /a HTTP/1.1\r\nHost: shop\r\n\r\n")
	require.NoError(t, err)
	<-asked
	require.NoError(t, connection.Close())
	require.ErrorIs(t, <-ended, context.Canceled)
}

func TestWhatAClientSendsMeanwhileIsItsNextRequest(t *testing.T) {
	asked, proceed := make(chan struct{}, 2), make(chan struct{})
	address, _ := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		done := r.Context().Done()
		asked <- struct{}{}
		<-proceed
		select {
		case <-done:
			w.WriteHeader(http.StatusInternalServerError)
		default:
			_, _ = io.WriteString(w, r.URL.Path)
		}
	}), generous)
	connection := dial(t, address)
	answers := bufio.NewReader(connection)
	for _, path := range []string{"/a", "/b"} {
		_, err := io.WriteString(connection, "GET "+path+" HTTP/1.1\r\nHost: shop\r\n\r\n")
		require.NoError(t, err)
		<-asked
		if path == "/a" {
			_, err = io.WriteString(connection, "GET /between HTTP/1.1\r\n") // watching may read it, or what follows may
			require.NoError(t, err)
			proceed <- struct{}{}
			_, err = io.WriteString(connection, "Host: shop\r\n\r\n")
			require.NoError(t, err)
			<-asked
		}
		proceed <- struct{}{}
	}
	for _, path := range []string{"/a", "/between", "/b"} {
		answer, err := http.ReadResponse(answers, nil)
		require.NoError(t, err)
		body, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		require.Equal(t, path, string(body))
	}
}

func TestAPanicClosesItsConnectionAlone(t *testing.T) {
	address, _ := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "half an answer")
		if r.URL.Path == "/panic" {
			panic(http.ErrAbortHandler)
		}
	}), generous)
	require.Empty(t, told(t, address, "GET /panic HTTP/1.1\r\nHost: shop\r\n\r\n"))
	require.Contains(t, told(t, address, "GET /a HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n"), "200 OK")
}

func TestShutdownClosesIdleConnectionsAndFinishesRequests(t *testing.T) {
	asked, proceed := make(chan struct{}), make(chan struct{})
	address, s := serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/wait" {
			close(asked)
			<-proceed
		}
	}), generous)
	waiting, idling := dial(t, address), dial(t, address)
	answers := bufio.NewReader(idling)
	for range 2 {
		_, err := io.WriteString(idling, "GET /a HTTP/1.1\r\nHost: shop\r\n\r\n")
		require.NoError(t, err)
		_, err = http.ReadResponse(answers, nil)
		require.NoError(t, err)
	}
	_, err := io.WriteString(waiting, "GET /wait HTTP/1.1\r\nHost: shop\r\n\r\n")
	require.NoError(t, err)
	<-asked
	stopped := make(chan error, 1)
	go func() { stopped <- s.Shutdown(context.Background()) }()
	_, err = answers.ReadByte()
	require.ErrorIs(t, err, io.EOF, "the idle one is closed")
	select {
	case err := <-stopped:
		require.Fail(t, "it stops before the request is answered", err)
	default:
	}
	close(proceed)
	answer, err := http.ReadResponse(bufio.NewReader(waiting), nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, answer.StatusCode)
	require.NoError(t, <-stopped)
}
