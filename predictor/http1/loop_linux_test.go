package http1

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/predictor/workers"
)

// heap returns how many bytes are in use, on the heap and for goroutines.
func heap() int {
	runtime.GC()
	runtime.GC() // which empties pools, too
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc + m.StackInuse)
}

func TestThousandsOfConnectionsThatSayLittleCostLittleAndKeepNobodyOut(t *testing.T) {
	address, s := serve(t, echo, generous)
	const clients = 2000
	before, goroutines := heap(), runtime.NumGoroutine()
	connections := make([]net.Conn, clients)
	for i := range connections {
		connections[i] = dial(t, address)
		if i%2 == 0 { // the others say nothing at all
			_, err := io.WriteString(connections[i], "POST /a HTTP/1.1\r\nHost: shop\r\nX-Slow: ")
			require.NoError(t, err)
		}
	}
	require.Eventually(t, func() bool {
		return s.engine.each(func(l *loop) (read int) {
			there, _ := l.all()
			for _, c := range there {
				if c.state.Load() == midway {
					read++
				}
			}
			return read
		}) == clients/2
	}, time.Minute, time.Millisecond, "all that was said is read")
	require.Contains(t, told(t, address, "GET /a HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n"), "200 OK")
	require.Less(t, (heap()-before)/clients, 4<<10, "bytes each, the client's side counted in")
	require.Less(t, runtime.NumGoroutine()-goroutines, 20)
	for i, want := range []int{http.StatusOK, http.StatusBadRequest} {
		_, err := io.WriteString(connections[i], "x\r\n\r\n")
		require.NoError(t, err)
		answer, err := http.ReadResponse(bufio.NewReader(connections[i]), nil)
		require.NoError(t, err)
		require.Equal(t, want, answer.StatusCode, "it goes on where it was")
	}
}

// large answers with more than a socket holds.
const large = 32 << 20

var sendLarge = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/large" {
		_, _ = w.Write(make([]byte, large))
		return
	}
	_, _ = io.WriteString(w, r.URL.Path)
})

func TestAnAnswerThatDoesNotFitIsSentAsItsClientReads(t *testing.T) {
	address, _ := serve(t, sendLarge, generous)
	slow := dial(t, address)
	_, err := io.WriteString(slow, "GET /large HTTP/1.1\r\nHost: shop\r\n\r\nGET /after HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n")
	require.NoError(t, err)
	require.Contains(t, told(t, address, "GET /a HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n"), "200 OK", "others are answered meanwhile")
	answers := bufio.NewReader(slow)
	answer, err := http.ReadResponse(answers, nil)
	require.NoError(t, err)
	n, err := io.Copy(io.Discard, answer.Body)
	require.NoError(t, err)
	require.Equal(t, int64(large), n)
	answer, err = http.ReadResponse(answers, nil)
	require.NoError(t, err)
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.Equal(t, "/after", string(body))
}

func TestAClientThatDoesNotReadItsAnswerIsLetGo(t *testing.T) {
	limits := generous
	limits.Write = 50 * time.Millisecond
	address, s := serve(t, sendLarge, limits)
	connection := dial(t, address)
	_, err := io.WriteString(connection, "GET /large HTTP/1.1\r\nHost: shop\r\n\r\n")
	require.NoError(t, err)
	_, err = connection.Read(make([]byte, 1)) // the answer has begun
	require.NoError(t, err)
	require.Eventually(t, func() bool { return s.engine.each(func(l *loop) int { _, count := l.all(); return count }) == 0 }, time.Minute, time.Millisecond)
	n, err := io.Copy(io.Discard, connection)
	require.True(t, err != nil || n < large, "it isn't sent to its end")
}

func TestManyRequestsAtOnceAreAnsweredInOrder(t *testing.T) {
	address, _ := serve(t, sendLarge, generous)
	connection := dial(t, address)
	const requests = 1000
	var all strings.Builder
	for n := range requests {
		fmt.Fprintf(&all, "GET /%d HTTP/1.1\r\nHost: shop\r\n\r\n", n)
	}
	go func() { _, _ = io.WriteString(connection, all.String()) }()
	answers := bufio.NewReader(connection)
	for n := range requests {
		answer, err := http.ReadResponse(answers, nil)
		require.NoError(t, err)
		body, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		require.Equal(t, fmt.Sprintf("/%d", n), string(body))
	}
}

func TestAClientThatSaidItsLastIsAnsweredAndTakenForGoneIfItHasToWait(t *testing.T) {
	ended := make(chan error, 1)
	address, _ := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/wait" {
			<-r.Context().Done()
			ended <- r.Context().Err()
		}
		_, _ = io.WriteString(w, "answered")
	}), generous)
	for _, path := range []string{"/at-once", "/wait"} {
		connection := dial(t, address)
		_, err := io.WriteString(connection, "GET "+path+" HTTP/1.1\r\nHost: shop\r\n\r\n")
		require.NoError(t, err)
		require.NoError(t, connection.(*net.TCPConn).CloseWrite())
		answer, err := io.ReadAll(connection)
		require.NoError(t, err)
		require.Contains(t, string(answer), "answered")
	}
	require.ErrorIs(t, <-ended, context.Canceled)
}

func TestRequestsThatWaitForTheirHandlerKeepNobodyWaiting(t *testing.T) {
	proceed := make(chan struct{})
	var waiting atomic.Int64
	address, _ := serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/wait" {
			waiting.Add(1)
			<-proceed
		}
	}), generous)
	const clients = 2 * workers.Spare
	connections := make([]net.Conn, clients)
	for i := range connections {
		connections[i] = dial(t, address)
		_, err := io.WriteString(connections[i], "GET /wait HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n")
		require.NoError(t, err)
	}
	require.Eventually(t, func() bool { return waiting.Load() == clients }, time.Minute, time.Millisecond)
	require.Contains(t, told(t, address, "GET /a HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n"), "200 OK")
	close(proceed)
	for _, connection := range connections {
		answer, err := http.ReadResponse(bufio.NewReader(connection), nil)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, answer.StatusCode)
	}
}

func TestCloseEndsWhatIsUnderWay(t *testing.T) {
	asked, ended := make(chan struct{}), make(chan error, 1)
	address, s := serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(asked)
		<-r.Context().Done()
		ended <- r.Context().Err()
	}), generous)
	answering, reading, idling := dial(t, address), dial(t, address), dial(t, address)
	_, err := io.WriteString(answering, "GET /a HTTP/1.1\r\nHost: shop\r\n\r\n")
	require.NoError(t, err)
	_, err = io.WriteString(reading, "GET /a HTT")
	require.NoError(t, err)
	<-asked
	require.NoError(t, s.Close())
	require.ErrorIs(t, <-ended, context.Canceled)
	for _, connection := range []net.Conn{answering, reading, idling} {
		_, err := io.Copy(io.Discard, connection)
		if err != nil {
			require.ErrorContains(t, err, "reset")
		}
	}
	require.Eventually(t, func() bool { return s.engine.closeIdle() == 0 }, time.Minute, time.Millisecond)
}

func TestServeSaysIfItsListenerIsClosed(t *testing.T) {
	limits := generous
	limits.Idle = 20 * time.Millisecond
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := New(echo, limits, nil)
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(listener) }()
	require.Contains(t, told(t, listener.Addr().String(), "GET /a HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n"), "200 OK")
	require.NoError(t, listener.Close())
	require.ErrorIs(t, <-ended, net.ErrClosed)
	require.NoError(t, s.Close())
	require.ErrorIs(t, s.Serve(listener), http.ErrServerClosed)
}

func TestARequestSaysWhoItIsFrom(t *testing.T) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.RemoteAddr) })
	for _, host := range []string{"127.0.0.1:0", "[::1]:0"} {
		listener, err := net.Listen("tcp", host)
		if err != nil {
			continue // a machine without IPv6
		}
		s := New(handler, generous, nil)
		ended := make(chan error, 1)
		go func() { ended <- s.Serve(listener) }()
		connection := dial(t, listener.Addr().String())
		_, err = io.WriteString(connection, "GET / HTTP/1.1\r\nHost: shop\r\n\r\n")
		require.NoError(t, err)
		answer, err := http.ReadResponse(bufio.NewReader(connection), nil)
		require.NoError(t, err)
		body := make([]byte, len(connection.LocalAddr().String()))
		_, err = io.ReadFull(answer.Body, body)
		require.NoError(t, err)
		require.Equal(t, connection.LocalAddr().String(), string(body))
		require.NoError(t, s.Close())
		require.ErrorIs(t, <-ended, http.ErrServerClosed)
	}
}
