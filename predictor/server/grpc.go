package server

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	_ "google.golang.org/grpc/encoding/gzip" // so that clients may compress
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/daybreak-ml/daybreak/predictor/accesslog"
	"github.com/daybreak-ml/daybreak/predictor/recommend"
	"github.com/daybreak-ml/daybreak/predictor/v2grpc"
	"github.com/daybreak-ml/daybreak/predictor/v2grpc/inference"
)

// calls answers gRPC calls.
func (s *Server) calls(api v2grpc.API) http.Handler {
	around := []grpc.UnaryServerInterceptor{s.observeCall}
	if s.payloads != nil {
		around = append(around, s.payloads.Interceptor(inference.GRPCInferenceService_ModelInfer_FullMethodName))
	}
	around = append(around, recoverFromPanic)
	server := grpc.NewServer(
		grpc.MaxRecvMsgSize(recommend.MaxBody),
		grpc.ForceServerCodecV2(v2grpc.Codec{}),
		grpc.ChainUnaryInterceptor(around...),
	)
	api.Register(server, s.stopping)
	return &v2grpc.InferHandler{API: api, Around: inside(around), ByHeaders: s.payloads != nil || s.options.Tracer != nil, Others: server}
}

// inside returns an interceptor that is all of those given, each inside the one before.
func inside(around []grpc.UnaryServerInterceptor) grpc.UnaryServerInterceptor {
	if len(around) == 1 {
		return around[0]
	}
	outer, inner := around[0], inside(around[1:])
	return func(ctx context.Context, in any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
		return outer(ctx, in, info, func(ctx context.Context, in any) (any, error) { return inner(ctx, in, info, handle) })
	}
}

// unbounded lets streams that go on for as long as a client likes, such as the watching of health, do
// so; calls are bounded in time as other requests are.
func unbounded(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/inference.") {
		return
	}
	controller := http.NewResponseController(w)
	_ = controller.SetReadDeadline(time.Time{}) // HTTP/2's answers have both
	_ = controller.SetWriteDeadline(time.Time{})
}

// observeCall counts, traces and logs a call.
func (s *Server) observeCall(ctx context.Context, in any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	s.measured.Begun()
	defer s.measured.Ended()
	began := time.Now()
	received, _ := metadata.FromIncomingContext(ctx)
	ctx, span := s.options.Tracer.Start(ctx, metadataCarrier(received), strings.TrimPrefix(info.FullMethod, "/"))
	out, err := handle(ctx, in)
	code := status.Code(err)
	span.End(code == codes.Internal, attribute.String("rpc.system", "grpc"), attribute.String("rpc.method", info.FullMethod), attribute.Int("rpc.grpc.status_code", int(code)))
	s.access.Write(accesslog.Record{Protocol: "gRPC", Method: "POST", Path: info.FullMethod, Code: code.String(), Took: time.Since(began), Trace: span.ID()})
	return out, err
}

// recoverFromPanic turns a panic into an error of the one call that met it, as HTTP's server does.
func recoverFromPanic(ctx context.Context, in any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (out any, err error) {
	defer func() {
		if met := recover(); met != nil {
			slog.Error("a call panicked", "method", info.FullMethod, "panic", fmt.Sprint(met), "stack", string(debug.Stack()))
			err = status.Error(codes.Internal, "the server met an error of its own")
		}
	}()
	return handle(ctx, in)
}

// metadataCarrier lets a tracer read a call's metadata.
type metadataCarrier metadata.MD

func (c metadataCarrier) Get(key string) string {
	if values := metadata.MD(c).Get(key); len(values) > 0 {
		return values[0]
	}
	return ""
}

// Set does nothing: nothing is sent on.
func (c metadataCarrier) Set(string, string) {}

// Keys returns the names there are.
func (c metadataCarrier) Keys() []string {
	keys := make([]string, 0, len(c))
	for key := range c {
		keys = append(keys, key)
	}
	return keys
}
