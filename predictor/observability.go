package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"net/url"
	"runtime"
	"time"

	"github.com/daybreak-ml/daybreak/command"
	"github.com/daybreak-ml/daybreak/predictor/payloadlog"
	"github.com/daybreak-ml/daybreak/predictor/tracing"
)

// payloadFlags say where copies of requests and answers are sent.
type payloadFlags struct {
	URL              string `name:"url" help:"Send copies of requests and answers there, as KServe's CloudEvents."`
	Mode             string `name:"mode" default:"all" enum:"all,request,response" help:"What is sent: ${enum}."`
	Queue            int    `name:"queue" default:"1024" help:"How many may wait to be sent; more are dropped and counted."`
	Source           string `name:"source" default:"daybreak-predictor" help:"Source that the events name."`
	InferenceService string `name:"inference-service" help:"InferenceService that the events name."`
	Namespace        string `name:"namespace" help:"Namespace that the events name."`
	Component        string `name:"component" default:"predictor" help:"Component that the events name."`
	Endpoint         string `name:"endpoint" help:"Endpoint that the events name."`
}

func (f payloadFlags) options() payloadlog.Options { return payloadlog.Options(f) }

func (f payloadFlags) validate() error {
	if f.URL != "" && !isHTTP(f.URL) {
		return command.Usagef("--payload-url is %q; it must be a URL such as http://sink.default.svc/", f.URL)
	}
	if f.Queue < 1 {
		return command.Usagef("--payload-queue is %d; it must be 1 or more", f.Queue)
	}
	return nil
}

// traceFlags say where traces are sent.
type traceFlags struct {
	URL   string  `name:"url" help:"Send OpenTelemetry traces to this OTLP/HTTP receiver, such as http://otel-collector:4318."`
	Share float64 `name:"share" default:"0.01" help:"Share of requests to trace where the caller hasn't decided, 0 to 1."`
}

func (f traceFlags) tracer(ctx context.Context) (*tracing.Tracer, error) {
	if f.URL == "" {
		return nil, nil
	}
	return tracing.New(ctx, tracing.Options{Endpoint: f.URL, Share: f.Share, Service: "daybreak-predictor"})
}

func (f traceFlags) validate() error {
	if f.URL != "" && !isHTTP(f.URL) {
		return command.Usagef("--trace-url is %q; it must be a URL such as http://otel-collector:4318", f.URL)
	}
	if !(f.Share >= 0 && f.Share <= 1) {
		return command.Usagef("--trace-share is %v; it must be from 0 to 1", f.Share)
	}
	return nil
}

func isHTTP(address string) bool {
	parsed, err := url.Parse(address)
	return err == nil && (parsed.Scheme == "http" || parsed.Scheme == "https") && parsed.Host != ""
}

// profilingFlags say whether profiles can be fetched.
type profilingFlags struct {
	Port int `name:"port" default:"-1" help:"Serve net/http/pprof on this port of the loopback address; 0 takes a free one and logs it, -1 opens none."`
}

func (f profilingFlags) validate() error {
	if f.Port < -1 || f.Port > 65535 {
		return command.Usagef("--pprof-port is %d; it must be from 0 to 65535, or -1 for none", f.Port)
	}
	return nil
}

// memProfileRate is how many bytes are allocated for each allocation that a profile of memory holds: Go's own choice.
const memProfileRate = 512 << 10

// serve serves profiles until close is called. Nobody but this machine reaches them.
func (f profilingFlags) serve() (close func(), err error) {
	if f.Port < 0 {
		return func() {}, nil
	}
	runtime.MemProfileRate = memProfileRate
	listener, err := listen("127.0.0.1", f.Port)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func(listener net.Listener) {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			slog.Error("profiles can't be fetched any more", "error", err)
		}
	}(listener)
	slog.Info("profiles", "address", listener.Addr().String())
	return func() { _ = server.Close() }, nil // the process ends anyway
}
