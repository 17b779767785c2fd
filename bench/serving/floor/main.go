// Command floor is the least that a server of Go's net/http does: it reads a request's body and
// answers with as many bytes as the predictor does. What it needs for that is what the predictor can't
// go below without another HTTP server.
package main

import (
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// answerSize is the size of an answer with ten items, in bytes.
const answerSize = 580

func main() {
	address := flag.String("address", "127.0.0.1:8080", "where to listen")
	flag.Parse()
	if err := serve(*address); err != nil {
		slog.Error("the server has stopped", "error", err)
		os.Exit(1)
	}
}

func serve(address string) error {
	answer := []byte(strings.Repeat(" ", answerSize))
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
		_, _ = w.Write(answer) // a client that has gone misses nothing
	})
	server := &http.Server{Addr: address, Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	return fmt.Errorf("serve %s: %w", address, server.ListenAndServe())
}
