package http2_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Calls use each other's memory, and none sees anything of another: among calls that are given up, that have no body, whose
// bodies come in pieces, and that are answered in other ways.
func TestCallsThatUseEachOthersMemoryAreAnsweredForThemselves(t *testing.T) {
	listener := openWith(t, limits, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		own, can := r.Body.(interface{ Whole() ([]byte, bool) })
		var body []byte
		whole := false
		if can {
			body, whole = own.Whole()
		}
		if !whole {
			var err error
			if body, err = io.ReadAll(r.Body); err != nil {
				return
			}
		}
		if r.URL.Path == "/wait" {
			<-r.Context().Done()
		}
		said := fmt.Sprintln(r.Method, r.URL, r.ContentLength, r.Header["X-Sent"], len(r.Header["X-Other"]), r.Context().Err(), string(body))
		if r.Header.Get("X-Other") == "header" {
			w.Header().Set("X-Any", "1")
		}
		if !w.(interface{ Unary(message []byte) bool }).Unary([]byte(said)) {
			w.Header().Set(http.TrailerPrefix+"Grpc-Status", "0")
			_, _ = io.WriteString(w, said)
		}
	}))
	url := "http://" + listener.Addr().String()
	var callers sync.WaitGroup
	for caller := range 8 {
		c := client(t)
		for stream := range 2 {
			callers.Go(func() {
				for n := range 200 {
					sent := fmt.Sprintf("%d-%d-%d", caller, stream, n)
					want, got, err := call(t.Context(), c, url, sent, n)
					assert.NoError(t, err)
					if !assert.Equal(t, want, got) {
						return
					}
				}
			})
		}
	}
	callers.Wait()
}

// call makes the n-th call and returns what it should be answered, and what it is.
func call(ctx context.Context, c *http.Client, url, sent string, n int) (want, got string, err error) {
	method, path, body, length, others := http.MethodPost, "/"+sent, "body of "+sent, -1, 0
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, url+path, nil)
	if err != nil {
		return "", "", err
	}
	request.Header["X-Sent"] = []string{sent}
	request.Body = io.NopCloser(strings.NewReader(body))
	switch n % 7 {
	case 1:
		request.Body, body, length = nil, "", 0
		request.Method, method = http.MethodGet, http.MethodGet
	case 2:
		request.ContentLength, length = int64(len(body)), len(body)
	case 3:
		request.Body = io.NopCloser(io.MultiReader(strings.NewReader("body"), strings.NewReader(body[len("body"):])))
	case 4:
		request.Header["X-Other"], others = []string{"header"}, 1
	case 5:
		request.URL.Path = "/wait"
		go cancel()
		if answer, err := c.Do(request); err == nil {
			_ = answer.Body.Close()
		}
		return "", "", nil
	}
	answer, err := c.Do(request)
	if err != nil {
		return "", "", err
	}
	read, err := io.ReadAll(answer.Body)
	want = fmt.Sprintln(method, path, length, []string{sent}, others, nil, body) + "0"
	return want, string(read) + answer.Trailer.Get("Grpc-Status"), err
}

func TestAUnaryAnswerThatCanNotLeaveAtOnceIsSentOtherwise(t *testing.T) {
	sent := make(chan bool, 3)
	listener := openWith(t, limits, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/header" {
			w.Header().Set("X-Any", "1")
		}
		message := make([]byte, 10)
		if r.URL.Path == "/large" {
			message = make([]byte, 1<<20)
		}
		done := w.(interface{ Unary(message []byte) bool }).Unary(message)
		sent <- done
		if !done {
			_, _ = w.Write(message)
		}
	}))
	for path, want := range map[string]bool{"/": true, "/header": false, "/large": false} {
		a := ask(t, client(t), http.MethodPost, "http://"+listener.Addr().String()+path, strings.NewReader("call"))
		require.Equal(t, want, <-sent, path)
		require.Equal(t, http.StatusOK, a.status)
		require.Equal(t, path == "/large", len(a.body) > 10)
	}
}
