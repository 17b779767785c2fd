package http1

import (
	"bytes"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// asksOnce returns a function that asks over one connection as a client of the predictor does, and has its answer.
func asksOnce(t testing.TB) func() {
	t.Helper()
	answer := []byte(`{"predictions":[]}`)
	kind := []string{"application/json"}
	body := make([]byte, 64)
	address, _ := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadFull(r.Body, body[:r.ContentLength])
		w.Header()["Content-Type"] = kind
		_, _ = w.Write(answer)
	}), generous)
	connection := dial(t, address)
	request := []byte("POST /v1/models/recommender:predict HTTP/1.1\r\nHost: recommender\r\nContent-Type: application/json\r\n" +
		"Content-Length: 35\r\nUser-Agent: bench\r\n\r\n" + `{"instances":[{"user_id":"17850"}]}`)
	received := make([]byte, 4096)
	return func() {
		_, err := connection.Write(request)
		require.NoError(t, err)
		n, err := connection.Read(received)
		require.NoError(t, err)
		if !bytes.HasPrefix(received[:n], []byte("HTTP/1.1 200 ")) {
			t.Fatalf("%s", received[:n])
		}
	}
}

// BenchmarkServe answers such requests.
func BenchmarkServe(b *testing.B) {
	ask := asksOnce(b)
	b.ReportAllocs()
	for b.Loop() {
		ask()
	}
}
