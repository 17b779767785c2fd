package http1

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/predictor/admission"
)

// serveLate serves as serve does, and turns requests away to paths that begin with /late.
func serveLate(t *testing.T, answer func(http.ResponseWriter)) (address string, asked *atomic.Int64) {
	t.Helper()
	asked = &atomic.Int64{}
	refusal := NewRefusal(answer)
	refuses := func(target string, arrived time.Time) *Refusal {
		asked.Add(1)
		if strings.HasPrefix(target, "/late") && time.Since(arrived) >= 0 {
			return refusal
		}
		return nil
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := New(echo, generous, refuses)
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(listener) }()
	t.Cleanup(func() {
		require.NoError(t, s.Close())
		require.ErrorIs(t, <-ended, http.ErrServerClosed)
	})
	return listener.Addr().String(), asked
}

func comeAgain(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "1")
	w.WriteHeader(http.StatusTooManyRequests)
	_, _ = w.Write([]byte("later"))
}

func TestWhatIsLateIsTurnedAwayAsTheHandlerWouldHaveDoneIt(t *testing.T) {
	address, _ := serveLate(t, comeAgain)
	want := reference(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/late") {
			comeAgain(w)
			return
		}
		echo(w, r)
	}))
	for name, requests := range map[string]string{
		"one":                      "POST /late HTTP/1.1\r\nHost: shop\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc",
		"among others":             "GET /a HTTP/1.1\r\nHost: shop\r\n\r\nPOST /late HTTP/1.1\r\nHost: shop\r\nContent-Length: 3\r\n\r\nabcGET /b HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n",
		"several at once":          strings.Repeat("GET /late HTTP/1.1\r\nHost: shop\r\n\r\n", 3) + "GET /late HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n",
		"without a body where one": "GET /late/none HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, told(t, want, requests), told(t, address, requests))
		})
	}
}

func TestARequestWithoutItsEndIsNotTurnedAwayButToldWhatIsWrong(t *testing.T) {
	address, asked := serveLate(t, comeAgain)
	connection := dial(t, address)
	_, err := connection.Write([]byte("POST /late HTTP/1.1\r\nHost: shop\r\nContent-Length: 3\r\n\r\na"))
	require.NoError(t, err)
	require.NoError(t, connection.(*net.TCPConn).CloseWrite())
	answer := make([]byte, 4096)
	n, err := connection.Read(answer)
	require.NoError(t, err)
	require.Contains(t, string(answer[:n]), "unexpected EOF")
	require.Zero(t, asked.Load())
}

func TestARequestsArrivalIsWhenTheKernelReceivedIt(t *testing.T) {
	arrivals := make(chan time.Time, 1)
	held, release := make(chan struct{}), make(chan struct{})
	address, _ := serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/held" {
			held <- struct{}{}
			<-release
			return
		}
		arrivals <- *r.Context().Value(admission.ArrivalKey{}).(*time.Time)
	}), generous)
	connection := dial(t, address)
	ask := func(path string) {
		_, err := fmt.Fprintf(connection, "GET %s HTTP/1.1\r\nHost: shop\r\n\r\n", path)
		require.NoError(t, err)
	}
	answers := bufio.NewReader(connection)
	require.Eventually(t, func() bool { // it may take the kernel a moment to begin with it
		ask("/held")
		<-held
		before := time.Now()
		ask("/next") // which lies in the kernel while the other is answered
		after := time.Now()
		release <- struct{}{}
		arrived := <-arrivals
		for range 2 {
			_, err := http.ReadResponse(answers, nil)
			require.NoError(t, err)
		}
		return arrived.After(before) && arrived.Before(after)
	}, time.Minute, time.Millisecond)
}
