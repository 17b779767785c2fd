package http1

import (
	"bytes"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkServe answers requests such as a client of the predictor sends, over one connection.
func BenchmarkServe(b *testing.B) {
	answer := []byte(`{"predictions":[]}`)
	kind := []string{"application/json"}
	address, _ := serve(b, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header()["Content-Type"] = kind
		_, _ = w.Write(answer)
	}), generous)
	connection := dial(b, address)
	const body = `{"instances":[{"user_id":"17850"}]}`
	request := []byte("POST /v1/models/recommender:predict HTTP/1.1\r\nHost: recommender\r\nContent-Type: application/json\r\nContent-Length: 35\r\nUser-Agent: bench\r\n\r\n" + body)
	received := make([]byte, 4096)
	b.ReportAllocs()
	for b.Loop() {
		_, err := connection.Write(request)
		require.NoError(b, err)
		n, err := connection.Read(received)
		require.NoError(b, err)
		if !bytes.HasPrefix(received[:n], []byte("HTTP/1.1 200 ")) {
			b.Fatalf("%s", received[:n])
		}
	}
}
