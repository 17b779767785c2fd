// Package server listens for requests and hands them to the protocols. It stops without losing one.
package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/daybreak-ml/daybreak/predictor/metrics"
	"github.com/daybreak-ml/daybreak/predictor/recommend"
	"github.com/daybreak-ml/daybreak/predictor/response"
	v1 "github.com/daybreak-ml/daybreak/predictor/v1"
	v2 "github.com/daybreak-ml/daybreak/predictor/v2"
	"github.com/daybreak-ml/daybreak/predictor/versions"
)

const (
	// A client that doesn't get its request across, or the answer off, in these times is let go, so
	// that slow ones can't hold the server.
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 30 * time.Second
	writeTimeout      = 60 * time.Second
	// idleTimeout is longer than proxies keep idle connections, so that it is they who close them.
	idleTimeout    = 5 * time.Minute
	maxHeaderBytes = 64 << 10
	// finishTimeout is how long requests under way may take when the server stops.
	finishTimeout = 30 * time.Second
)

// Options says what to serve and how.
type Options struct {
	ModelName    string
	ModelDir     string        // a model folder, or a folder of numbered ones
	ModelVersion string        // of a model folder; empty to take it from the folder's name
	Poll         time.Duration // between looks for a new model
	DrainDelay   time.Duration // between readiness off and the last request taken
}

// A Server answers requests for one model.
type Server struct {
	options  Options
	models   *versions.Repository
	draining atomic.Bool
	handler  http.Handler
}

// New returns a server. It takes requests once Serve is called.
func New(options Options) *Server {
	measured := metrics.New()
	s := &Server{options: options, models: versions.NewRepository(options.ModelName,
		versions.Source{Dir: options.ModelDir, Version: options.ModelVersion},
		func(name string) versions.Observer { return measured.Model(name) })}
	service := &recommend.Service{Models: s.models, Metrics: measured}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		response.JSON(w, http.StatusOK, map[string]string{"status": "alive"})
	})
	mux.Handle("GET /metrics", measured.Handler())
	v1.API{Service: service}.Register(mux)
	v2.API{Service: service, Ready: s.Ready}.Register(mux)
	s.handler = s.closingWhenDraining(jsonErrors(mux))
	return s
}

// Ready says whether the server wants requests: a model serves, and it isn't about to stop.
func (s *Server) Ready() bool { return s.models.Ready() && !s.draining.Load() }

// Handler answers requests over HTTP, without listening.
func (s *Server) Handler() http.Handler { return s.handler }

// Serve takes requests from listener, HTTP/1.1 and HTTP/2 without TLS, until the context ends. Then
// it reports not ready, goes on taking requests for the drain delay, so that those who send them
// learn of it, finishes what is under way and returns.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	server := &http.Server{
		Handler:           s.handler,
		Protocols:         &protocols,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(slog.Default().Handler(), slog.LevelWarn),
	}
	watching, stopWatching := context.WithCancel(context.WithoutCancel(ctx))
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		s.models.Watch(watching, s.options.Poll)
	}()
	defer func() {
		stopWatching()
		<-watched
		s.models.Close()
	}()
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve %s: %w", listener.Addr(), err)
	case <-ctx.Done():
	}
	return s.drain(server)
}

func (s *Server) drain(server *http.Server) error {
	s.draining.Store(true)
	slog.Info("not ready any more; still answering", "seconds", s.options.DrainDelay.Seconds())
	time.Sleep(s.options.DrainDelay)
	finishing, cancel := context.WithTimeout(context.Background(), finishTimeout)
	defer cancel()
	if err := server.Shutdown(finishing); err != nil {
		return errors.Join(fmt.Errorf("finish the requests under way: %w", err), server.Close())
	}
	slog.Info("all requests are finished")
	return nil
}

// closingWhenDraining asks clients, with each answer they get while the server drains, to send the
// next request over another connection: one to a server that stays. (Over HTTP/2 it becomes a
// GOAWAY.) Closing idle connections instead would race with requests that are on their way.
func (s *Server) closingWhenDraining(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.draining.Load() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}
