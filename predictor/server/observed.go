package server

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"

	"github.com/daybreak-ml/daybreak/predictor/accesslog"
)

// observed counts, traces and logs requests.
func (s *Server) observed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.measured.Begun()
		defer s.measured.Ended()
		if s.options.Tracer == nil && s.options.AccessLog == 0 {
			next.ServeHTTP(w, r)
			return
		}
		began := time.Now()
		ctx, span := s.options.Tracer.Start(r.Context(), propagation.HeaderCarrier(r.Header), r.Method)
		answer := &accesslog.Response{ResponseWriter: w}
		next.ServeHTTP(answer, r.WithContext(ctx))
		span.End(answer.Status >= http.StatusInternalServerError,
			attribute.String("http.request.method", r.Method),
			attribute.String("url.path", r.URL.Path),
			attribute.Int("http.response.status_code", answer.Status))
		s.access.Write(accesslog.Record{
			Protocol: r.Proto, Method: r.Method, Path: r.URL.Path, Code: strconv.Itoa(answer.Status),
			Bytes: answer.Bytes, Took: time.Since(began), Trace: span.ID(),
		})
	})
}

// deadlineHeader is how a mesh's proxy says when it will give a request up, in milliseconds from now.
const deadlineHeader = "X-Envoy-Expected-Rq-Timeout-Ms"

// bounded gives a request up when whoever sent it will.
func bounded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := r.Header.Get(deadlineHeader)
		if header == "" {
			next.ServeHTTP(w, r)
			return
		}
		if left, err := strconv.ParseUint(header, 10, 31); err == nil {
			ctx, cancel := context.WithTimeout(r.Context(), time.Duration(left)*time.Millisecond)
			defer cancel()
			r = r.WithContext(ctx)
		}
		next.ServeHTTP(w, r)
	})
}
