// Package server listens for requests and hands them to the protocols. It stops without losing one.
package server

import (
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/daybreak-ml/daybreak/predictor/accesslog"
	"github.com/daybreak-ml/daybreak/predictor/cloudevents"
	"github.com/daybreak-ml/daybreak/predictor/contentcoding"
	"github.com/daybreak-ml/daybreak/predictor/metrics"
	"github.com/daybreak-ml/daybreak/predictor/openapi"
	"github.com/daybreak-ml/daybreak/predictor/payloadlog"
	"github.com/daybreak-ml/daybreak/predictor/recommend"
	"github.com/daybreak-ml/daybreak/predictor/response"
	"github.com/daybreak-ml/daybreak/predictor/tracing"
	v1 "github.com/daybreak-ml/daybreak/predictor/v1"
	v2 "github.com/daybreak-ml/daybreak/predictor/v2"
	"github.com/daybreak-ml/daybreak/predictor/v2grpc"
	"github.com/daybreak-ml/daybreak/predictor/versions"
)

// Options says what to serve and how.
type Options struct {
	ModelName    string
	ModelDir     string        // a model folder, or a folder of numbered ones
	ModelVersion string        // of a model folder; empty to take it from the folder's name
	ModelsDir    string        // holds a folder for each model, named after it; unless empty, the three above are for nothing
	KeepVersions int           // how many numbered folders of a model serve side by side; 0 means 1
	Poll         time.Duration // between looks for a new model
	DrainDelay   time.Duration // between readiness off and the last request taken
	ReadTimeout  time.Duration // a request must have arrived in; 0 means 30 s

	GRPC      net.Listener       // for gRPC alone; nil for none
	Payloads  payloadlog.Options // no URL for none
	Tracer    *tracing.Tracer    // nil for none
	AccessLog int                // records a second, at most
	Gate      *recommend.Gate    // nil to answer every request at once
}

// repository returns the models that the options mean.
func (o Options) repository(observe func(model string) versions.Observer) *versions.Repository {
	if o.ModelsDir != "" {
		return versions.OpenRepository(o.ModelsDir, o.KeepVersions, observe)
	}
	source := versions.Source{Dir: o.ModelDir, Version: o.ModelVersion, Keep: o.KeepVersions}
	return versions.NewRepository(o.ModelName, source, observe)
}

// A Server answers requests for models.
type Server struct {
	options  Options
	models   *versions.Repository
	payloads *payloadlog.Log // nil if none are sent
	access   *accesslog.Log
	measured *metrics.Metrics
	draining atomic.Bool
	stopping chan struct{} // closed when streams are to end
	handler  http.Handler
}

// New returns a server. It takes requests once Serve is called.
func New(options Options) *Server {
	measured := metrics.New()
	s := &Server{
		options: options, measured: measured, access: accesslog.New(options.AccessLog), stopping: make(chan struct{}),
		models: options.repository(func(name string) versions.Observer { return measured.Model(name) }),
	}
	service := &recommend.Service{Models: s.models, Metrics: measured, Gate: options.Gate}
	if options.Payloads.URL != "" {
		s.payloads = payloadlog.New(options.Payloads, measured)
	}
	api := v2grpc.API{Service: service, Ready: s.Ready}
	s.handler = s.dispatch(s.calls(api), s.web(service))
	return s
}

// Ready says whether the server wants requests: its models serve, and it isn't about to stop.
func (s *Server) Ready() bool { return s.models.Ready() && !s.draining.Load() }

// Handler answers requests over HTTP, gRPC among them, without listening.
func (s *Server) Handler() http.Handler { return s.handler }

// dispatch tells gRPC from other requests, each by itself: one connection may carry both.
func (s *Server) dispatch(calls, others http.Handler) http.Handler {
	return s.closingWhenDraining(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor == 2 && strings.HasPrefix(r.Header.Get("Content-Type"), "application/grpc") {
			unbounded(w, r)
			calls.ServeHTTP(w, r)
			return
		}
		others.ServeHTTP(w, r)
	}))
}

// web answers what isn't gRPC.
func (s *Server) web(service *recommend.Service) http.Handler {
	first := v1.API{Service: service}
	handler := first.Direct(routed(func(mux *http.ServeMux) {
		mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
			response.JSON(w, http.StatusOK, map[string]string{"status": "alive"})
		})
		mux.Handle("GET /metrics", s.measured.Handler())
		mux.Handle("GET /openapi.json", openapi.Handler())
		first.Register(mux)
		v2.API{Service: service, Ready: s.Ready}.Register(mux)
	}))
	if s.payloads != nil {
		handler = s.payloads.Handler(handler, func(r *http.Request) bool { return r.Method == http.MethodPost && asked(r.URL.Path) != "" })
	}
	handler = cloudevents.Handler(handler, asked)
	handler = contentcoding.New().Handler(handler)
	return s.observed(bounded(handler))
}

// asked returns the model that a path asks to predict, explain or infer; empty for other paths.
func asked(path string) string {
	if name, found := strings.CutPrefix(path, "/v1/models/"); found {
		if name, _, isCall := strings.Cut(name, ":"); isCall {
			return name
		}
	}
	if name, found := strings.CutPrefix(path, "/v2/models/"); found && strings.HasSuffix(path, "/infer") {
		name, _, _ = strings.Cut(name, "/")
		return name
	}
	return ""
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
