package v2grpc

import (
	"context"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"github.com/daybreak-ml/daybreak/predictor/v2grpc/inference"
)

// watchInterval is how often a watched service's health is looked at.
const watchInterval = 200 * time.Millisecond

// health answers gRPC's health checks. The empty service and the protocol's are the server; a service
// may also be a model.
type health struct {
	healthpb.UnimplementedHealthServer

	api      API
	stopping <-chan struct{}
}

// Check says whether a service wants requests.
func (h health) Check(_ context.Context, in *healthpb.HealthCheckRequest) (*healthpb.HealthCheckResponse, error) {
	found := h.status(in.GetService())
	if found == healthpb.HealthCheckResponse_SERVICE_UNKNOWN {
		return nil, status.Errorf(codes.NotFound, "there is no service %q", in.GetService())
	}
	return &healthpb.HealthCheckResponse{Status: found}, nil
}

// Watch tells of a service's health at once and whenever it changes.
func (h health) Watch(in *healthpb.HealthCheckRequest, stream grpc.ServerStreamingServer[healthpb.HealthCheckResponse]) error {
	ticker := time.NewTicker(watchInterval)
	defer ticker.Stop()
	told := healthpb.HealthCheckResponse_UNKNOWN
	for {
		if now := h.status(in.GetService()); now != told {
			told = now
			if err := stream.Send(&healthpb.HealthCheckResponse{Status: now}); err != nil {
				return err
			}
		}
		select {
		case <-ticker.C:
		case <-h.stopping:
			return status.Error(codes.Unavailable, "the server stops")
		case <-stream.Context().Done():
			return status.FromContextError(stream.Context().Err()).Err()
		}
	}
}

// List returns the health of every service.
func (h health) List(context.Context, *healthpb.HealthListRequest) (*healthpb.HealthListResponse, error) {
	statuses := map[string]*healthpb.HealthCheckResponse{}
	for _, service := range append(h.api.Service.Models.Names(), "", inference.GRPCInferenceService_ServiceDesc.ServiceName) {
		statuses[service] = &healthpb.HealthCheckResponse{Status: h.status(service)}
	}
	return &healthpb.HealthListResponse{Statuses: statuses}, nil
}

func (h health) status(service string) healthpb.HealthCheckResponse_ServingStatus {
	ready := h.api.Ready()
	if service != "" && service != inference.GRPCInferenceService_ServiceDesc.ServiceName {
		found, err := h.api.Service.Models.Model(service)
		if err != nil {
			return healthpb.HealthCheckResponse_SERVICE_UNKNOWN
		}
		ready = found.Ready()
	}
	if ready {
		return healthpb.HealthCheckResponse_SERVING
	}
	return healthpb.HealthCheckResponse_NOT_SERVING
}
