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
	"github.com/daybreak-ml/daybreak/predictor/http2"
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
	servers := s.servers()
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
	ended := make(chan error, 4)
	begin := func(name net.Addr, serve func(net.Listener) error, from net.Listener) {
		go func() { ended <- fmt.Errorf("serve %s: %w", name, serve(from)) }()
	}
	begin(listener.Addr(), servers.http1.Serve, listener)
	begin(listener.Addr(), servers.http2.Serve, servers.http1.HTTP2())
	begin(listener.Addr(), servers.others.Serve, servers.http1.Others())
	if own := s.options.GRPC; own != nil {
		begin(own.Addr(), servers.http2.Serve, own)
	}
	select {
	case err := <-ended:
		return errors.Join(err, servers.close())
	case <-ctx.Done():
	}
	return s.drain(servers)
}

// servers are who answers connections: the first takes them, and hands those over that aren't its own.
type servers struct {
	http1  *http1.Server
	http2  *http2.Server
	others *http.Server // whatever else HTTP/1 has
}

func (s *Server) servers() servers {
	request := cmp.Or(s.options.ReadTimeout, readTimeout)
	first := http1.New(s.handler, http1.Limits{Head: readHeaderTimeout, Request: request, Write: writeTimeout, Idle: idleTimeout}, s.refuses())
	second := http2.New(s.handler, http2.Limits{
		Frame: readHeaderTimeout, Request: request, Write: writeTimeout, Idle: idleTimeout, Ping: pingAfter, Pong: pingTimeout,
		Streams: maxStreams, Header: maxHeaderBytes,
	})
	others := &http.Server{
		Handler:           s.handler,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       request,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(slog.Default().Handler(), slog.LevelWarn),
	}
	return servers{first, second, others}
}

// shutdown answers what is under way, until the context ends.
func (s servers) shutdown(ctx context.Context) error {
	return errors.Join(s.http1.Shutdown(ctx), s.http2.Shutdown(ctx), s.others.Shutdown(ctx)) // the first may still hand over
}

// close answers nothing any more.
func (s servers) close() error {
	return errors.Join(s.http1.Close(), s.http2.Close(), s.others.Close())
}

func (s *Server) drain(servers servers) error {
	s.draining.Store(true)
	slog.Info("not ready any more; still answering", "seconds", s.options.DrainDelay.Seconds())
	time.Sleep(s.options.DrainDelay)
	close(s.stopping)
	finishing, cancel := context.WithTimeout(context.Background(), finishTimeout)
	defer cancel()
	err := servers.shutdown(finishing)
	if err != nil {
		err = errors.Join(fmt.Errorf("finish the requests under way: %w", err), servers.close())
	} else {
		slog.Info("all requests are finished")
	}
	if s.payloads != nil {
		err = errors.Join(err, s.payloads.Close(finishing))
	}
	return errors.Join(err, s.options.Tracer.Close(finishing))
}
