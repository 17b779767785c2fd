package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/daybreak-ml/daybreak/predictor/http1"
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
	// maxStreams is how many requests an HTTP/2 connection may have under way.
	maxStreams = 1000
	// A client that has gone without a word is noticed by a ping that it doesn't answer.
	pingAfter   = 30 * time.Second
	pingTimeout = 15 * time.Second
	// finishTimeout is how long requests under way may take when the server stops.
	finishTimeout = 30 * time.Second
)

// Serve takes requests from listener, HTTP/1.1, HTTP/2 without TLS and gRPC, and from the listener for
// gRPC alone if there is one, until the context ends. Then it reports not ready, goes on taking
// requests for the drain delay, so that those who send them learn of it, finishes what is under way
// and returns.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	front, behind := s.servers()
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
	ended := make(chan error, 3)
	go func() { ended <- fmt.Errorf("serve %s: %w", listener.Addr(), front.Serve(listener)) }()
	go func() { ended <- fmt.Errorf("serve %s: %w", listener.Addr(), behind.Serve(front.Others())) }()
	if own := s.options.GRPC; own != nil {
		go func() {
			if err := s.grpc.Serve(own); err != nil {
				ended <- fmt.Errorf("serve gRPC at %s: %w", own.Addr(), err)
			}
		}()
	}
	select {
	case err := <-ended:
		s.grpc.Stop()
		return errors.Join(err, front.Close(), behind.Close())
	case <-ctx.Done():
	}
	return s.drain(front, behind)
}

// servers returns who answers plain requests, and who takes the other connections from it.
func (s *Server) servers() (front *http1.Server, behind *http.Server) {
	request := cmp.Or(s.options.ReadTimeout, readTimeout)
	front = http1.New(s.handler, http1.Limits{Head: readHeaderTimeout, Request: request, Write: writeTimeout, Idle: idleTimeout}, s.refusal())
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	behind = &http.Server{
		Handler:           s.handler,
		Protocols:         &protocols,
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: maxStreams, SendPingTimeout: pingAfter, PingTimeout: pingTimeout, WriteByteTimeout: readTimeout},
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       request,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(slog.Default().Handler(), slog.LevelWarn),
	}
	return front, behind
}

func (s *Server) drain(front *http1.Server, behind *http.Server) error {
	s.draining.Store(true)
	slog.Info("not ready any more; still answering", "seconds", s.options.DrainDelay.Seconds())
	time.Sleep(s.options.DrainDelay)
	close(s.stopping)
	finishing, cancel := context.WithTimeout(context.Background(), finishTimeout)
	defer cancel()
	calls := make(chan struct{})
	go func() {
		defer close(calls)
		s.grpc.GracefulStop() // tells clients to go away, and waits for their calls
	}()
	err := errors.Join(front.Shutdown(finishing), behind.Shutdown(finishing)) // front may still hand over to behind
	if err != nil {
		err = errors.Join(fmt.Errorf("finish the requests under way: %w", err), front.Close(), behind.Close())
	}
	select {
	case <-calls:
	case <-finishing.Done():
		s.grpc.Stop()
		err = errors.Join(err, errors.New("finish the gRPC calls under way: they take too long"))
	}
	if err == nil {
		slog.Info("all requests are finished")
	}
	if s.payloads != nil {
		err = errors.Join(err, s.payloads.Close(finishing))
	}
	return errors.Join(err, s.options.Tracer.Close(finishing))
}
