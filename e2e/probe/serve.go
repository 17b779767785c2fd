package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"
)

type serveCommand struct {
	Port    int           `default:"8080" help:"Port to listen on."`
	HTTP2   bool          `name:"http2" help:"Speak HTTP/2 without encryption, and nothing else."`
	Version string        `help:"What to answer as version." default:"1"`
	File    string        `help:"File whose content is the version instead."`
	Drain   time.Duration `default:"3s" help:"How long to go on answering after SIGTERM."`
}

// Run answers every path with the version, and says which path was asked.
func (c serveCommand) Run(ctx context.Context) error {
	if c.File != "" {
		content, err := os.ReadFile(c.File)
		if err != nil {
			return fmt.Errorf("read the version: %w", err)
		}
		c.Version = string(content)
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(!c.HTTP2)
	protocols.SetUnencryptedHTTP2(c.HTTP2)
	server := &http.Server{
		Protocols:         protocols,
		Addr:              net.JoinHostPort("", fmt.Sprint(c.Port)),
		ReadHeaderTimeout: 10 * time.Second,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			// A client that has gone needs no answer.
			_ = json.NewEncoder(w).Encode(map[string]string{"model_version": c.Version, "path": request.URL.Path})
		}),
	}
	stopped := make(chan error, 1)
	context.AfterFunc(ctx, func() {
		time.Sleep(c.Drain) // endpoints follow a pod's end with a delay
		stopped <- server.Shutdown(context.Background())
	})
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return <-stopped
}
