// Package v2grpc speaks the Open Inference Protocol, KServe's V2, over gRPC; source:
// https://github.com/kserve/open-inference-protocol, specification/protocol/inference_grpc.md. Beside
// it stand gRPC's own health checks and reflection.
package v2grpc

import (
	"context"
	"log/slog"

	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection"

	"github.com/daybreak-ml/daybreak/predictor/oip"
	"github.com/daybreak-ml/daybreak/predictor/recommend"
	"github.com/daybreak-ml/daybreak/predictor/v2grpc/inference"
)

// An API answers calls with a service.
type API struct {
	inference.UnimplementedGRPCInferenceServiceServer

	Service *recommend.Service
	Ready   func() bool // whether the server wants requests: its models serve and it isn't about to stop
}

// Register adds the protocol, health checks and reflection to server. Streams that would go on for as
// long as their client likes end when stopping is closed.
func (a API) Register(server reflection.GRPCServer, stopping <-chan struct{}) {
	inference.RegisterGRPCInferenceServiceServer(server, a)
	healthpb.RegisterHealthServer(server, health{api: a, stopping: stopping})
	reflection.Register(server)
}

// ServerLive says that the process answers.
func (a API) ServerLive(context.Context, *inference.ServerLiveRequest) (*inference.ServerLiveResponse, error) {
	return &inference.ServerLiveResponse{Live: true}, nil
}

// ServerReady says whether the server wants requests.
func (a API) ServerReady(context.Context, *inference.ServerReadyRequest) (*inference.ServerReadyResponse, error) {
	return &inference.ServerReadyResponse{Ready: a.Ready()}, nil
}

// ServerMetadata describes the server.
func (a API) ServerMetadata(context.Context, *inference.ServerMetadataRequest) (*inference.ServerMetadataResponse, error) {
	return &inference.ServerMetadataResponse{Name: oip.ServerName, Version: oip.ServerVersion, Extensions: oip.Extensions()}, nil
}

// ModelReady says whether a model, or the version asked for, serves. A model that there isn't is
// NOT_FOUND.
func (a API) ModelReady(_ context.Context, in *inference.ModelReadyRequest) (*inference.ModelReadyResponse, error) {
	if _, err := a.Service.Models.Model(in.GetName()); err != nil {
		return nil, statusOf(err)
	}
	_, err := a.Service.Serving(recommend.Target{Model: in.GetName(), Version: in.GetVersion()})
	return &inference.ModelReadyResponse{Ready: err == nil}, nil
}

// ModelMetadata describes a model.
func (a API) ModelMetadata(_ context.Context, in *inference.ModelMetadataRequest) (*inference.ModelMetadataResponse, error) {
	versions, err := a.Service.Serving(recommend.Target{Model: in.GetName(), Version: in.GetVersion()})
	if err != nil {
		return nil, statusOf(err)
	}
	return &inference.ModelMetadataResponse{
		Name: in.GetName(), Versions: versions, Platform: oip.Platform, Inputs: tensors(oip.Inputs()), Outputs: tensors(oip.Outputs()),
	}, nil
}

func tensors(descriptions []oip.Description) []*inference.ModelMetadataResponse_TensorMetadata {
	all := make([]*inference.ModelMetadataResponse_TensorMetadata, len(descriptions))
	for i, d := range descriptions {
		all[i] = &inference.ModelMetadataResponse_TensorMetadata{Name: d.Name, Datatype: d.Datatype, Shape: d.Shape}
	}
	return all
}

// RepositoryIndex lists the models there are, and their state.
func (a API) RepositoryIndex(_ context.Context, in *inference.RepositoryIndexRequest) (*inference.RepositoryIndexResponse, error) {
	out := &inference.RepositoryIndexResponse{}
	for _, m := range a.Service.Index(in.GetReady()) {
		out.Models = append(out.Models, &inference.RepositoryIndexResponse_ModelIndex{
			Name: m.Name, Version: m.Version, State: m.State, Reason: m.Reason,
		})
	}
	return out, nil
}

// RepositoryModelLoad puts into service what the model's folder now holds, and answers when that
// serves.
func (a API) RepositoryModelLoad(_ context.Context, in *inference.RepositoryModelLoadRequest) (*inference.RepositoryModelLoadResponse, error) {
	name := modelName(in)
	if err := a.Service.Load(name); err != nil {
		slog.Error("a model was refused", "model_name", name, "error", err) // whoever asked may not be who operates the server
		return nil, statusOf(err)
	}
	return &inference.RepositoryModelLoadResponse{ModelName: name, IsLoaded: true}, nil
}

// RepositoryModelUnload takes a model out of service until it is loaded again.
func (a API) RepositoryModelUnload(_ context.Context, in *inference.RepositoryModelUnloadRequest) (*inference.RepositoryModelUnloadResponse, error) {
	name := modelName(in)
	if err := a.Service.Models.Unload(name); err != nil {
		return nil, statusOf(err)
	}
	slog.Info("a model was unloaded", "model_name", name)
	return &inference.RepositoryModelUnloadResponse{ModelName: name, IsUnloaded: true}, nil
}

// modelName returns the model that a repository call names, as Triton's clients or as KServe's do.
func modelName(in interface {
	GetModelName() string
	GetTritonModelName() string
}) string {
	if name := in.GetTritonModelName(); name != "" {
		return name
	}
	return in.GetModelName()
}
