package server_test

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"github.com/daybreak-ml/daybreak/model/modeltest"
	"github.com/daybreak-ml/daybreak/predictor/v2grpc/inference"
)

// dial connects to the shop's port of HTTP.
func (s *shop) dial(t *testing.T) *grpc.ClientConn {
	t.Helper()
	connection, err := grpc.NewClient(strings.TrimPrefix(s.url, "http://"), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, connection.Close()) })
	return connection
}

// users is the input user_id with values as contents.
func users(values ...string) []*inference.ModelInferRequest_InferInputTensor {
	contents := &inference.InferTensorContents{}
	for _, value := range values {
		contents.BytesContents = append(contents.BytesContents, []byte(value))
	}
	return []*inference.ModelInferRequest_InferInputTensor{{Name: "user_id", Datatype: "BYTES", Shape: []int64{int64(len(values))}, Contents: contents}}
}

func integer(value int64) *inference.InferParameter {
	return &inference.InferParameter{ParameterChoice: &inference.InferParameter_Int64Param{Int64Param: value}}
}

func double(value float64) *inference.InferParameter {
	return &inference.InferParameter{ParameterChoice: &inference.InferParameter_DoubleParam{DoubleParam: value}}
}

// numbers is the input user_id with numbers for contents.
func numbers(datatype string, values ...float64) []*inference.ModelInferRequest_InferInputTensor {
	return []*inference.ModelInferRequest_InferInputTensor{{Name: "user_id", Datatype: datatype, Shape: []int64{int64(len(values))},
		Contents: &inference.InferTensorContents{Fp64Contents: values}}}
}

func text(value string) *inference.InferParameter {
	return &inference.InferParameter{ParameterChoice: &inference.InferParameter_StringParam{StringParam: value}}
}

func TestMalformedCallsAreAnsweredWithACodeAndTheField(t *testing.T) {
	client := inference.NewGRPCInferenceServiceClient(openWith(t, 1).dial(t))
	for _, c := range []struct {
		name string
		in   *inference.ModelInferRequest
		code codes.Code
		says string
	}{
		{"a model nobody knows", &inference.ModelInferRequest{ModelName: "other", Inputs: users("1")}, codes.NotFound, `there is no model "other"`},
		{"a version that doesn't serve", &inference.ModelInferRequest{ModelName: "recommender", ModelVersion: "7", Inputs: users("1")}, codes.NotFound, `version "7" does not serve`},
		{"no inputs", &inference.ModelInferRequest{ModelName: "recommender"}, codes.InvalidArgument, "inputs lack user_id"},
		{"both kinds of contents", &inference.ModelInferRequest{ModelName: "recommender", Inputs: users("1"), RawInputContents: [][]byte{{1, 0, 0, 0, '1'}}},
			codes.InvalidArgument, "inputs[0].contents is given, and raw_input_contents, too"},
		{"raw contents that end early", &inference.ModelInferRequest{ModelName: "recommender", Inputs: raw(1), RawInputContents: [][]byte{{9, 0, 0, 0, '1'}}},
			codes.InvalidArgument, "raw_input_contents[0] ends within value 0, which is said to have 9 bytes"},
		{"raw contents of another number", &inference.ModelInferRequest{ModelName: "recommender", Inputs: raw(1), RawInputContents: [][]byte{{}, {}}},
			codes.InvalidArgument, "raw_input_contents has 2 entries"},
		{"k = 0", &inference.ModelInferRequest{ModelName: "recommender", Inputs: users("1"), Parameters: map[string]*inference.InferParameter{"k": integer(0)}},
			codes.InvalidArgument, "parameters.k is 0; it must be from 1 to 1000"},
		{"a parameter of the wrong type", &inference.ModelInferRequest{ModelName: "recommender", Inputs: users("1"), Parameters: map[string]*inference.InferParameter{"in_stock": text("yes")}},
			codes.InvalidArgument, "parameters.in_stock must be true or false"},
		{"no name of a model", &inference.ModelInferRequest{Inputs: users("1")}, codes.NotFound, `there is no model ""; there is "recommender"`},
		{"an input of another type", &inference.ModelInferRequest{ModelName: "recommender", Inputs: numbers("FP64", math.NaN())}, codes.InvalidArgument, `inputs[0].datatype is "FP64"; it must be BYTES`},
		{"contents of another type than the input's", &inference.ModelInferRequest{ModelName: "recommender", Inputs: numbers("BYTES", 1)}, codes.InvalidArgument, "inputs[0].data has 0 values; it must have from 1 to 1000"},
		{"an input that comes twice", &inference.ModelInferRequest{ModelName: "recommender", Inputs: append(users("1"), users("1")...)}, codes.InvalidArgument, `inputs[1].name is "user_id", which`},
		{"a shape below 0", &inference.ModelInferRequest{ModelName: "recommender", Inputs: raw(-1), RawInputContents: [][]byte{{1, 0, 0, 0, '1'}}}, codes.InvalidArgument, "inputs[0].shape is [-1]; it must be [1]"},
		{"an output nobody knows", &inference.ModelInferRequest{ModelName: "recommender", Inputs: users("1"), Outputs: []*inference.ModelInferRequest_InferRequestedOutputTensor{{Name: "price"}}},
			codes.InvalidArgument, `outputs[0].name is "price"`},
		{"k below 0", &inference.ModelInferRequest{ModelName: "recommender", Inputs: users("1"), Parameters: map[string]*inference.InferParameter{"k": integer(-1)}},
			codes.InvalidArgument, "parameters.k is -1; it must be from 1 to 1000"},
		{"k beyond 32 bits", &inference.ModelInferRequest{ModelName: "recommender", Inputs: users("1"), Parameters: map[string]*inference.InferParameter{"k": integer(math.MaxInt64)}},
			codes.InvalidArgument, "parameters.k must be a whole number from 1 to 1000"},
		{"a fraction that is no number", &inference.ModelInferRequest{ModelName: "recommender", Inputs: users("1"), Parameters: map[string]*inference.InferParameter{"diversity": double(math.NaN())}},
			codes.InvalidArgument, "parameters.diversity must be a number from 0 to 1"},
		{"a message that is too large", &inference.ModelInferRequest{ModelName: "recommender", Inputs: users(strings.Repeat("x", 5<<20))},
			codes.ResourceExhausted, "larger than max"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := client.ModelInfer(t.Context(), c.in)
			require.Equal(t, c.code, status.Code(err), "%v", err)
			require.ErrorContains(t, err, c.says)
		})
	}
}

// raw is the input user_id of n rows without contents.
func raw(n int64) []*inference.ModelInferRequest_InferInputTensor {
	return []*inference.ModelInferRequest_InferInputTensor{{Name: "user_id", Datatype: "BYTES", Shape: []int64{n}}}
}

func TestACallIsGivenUpAtItsDeadline(t *testing.T) {
	client := inference.NewGRPCInferenceServiceClient(openWith(t, 1).dial(t))
	ctx, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
	defer cancel()
	_, err := client.ModelInfer(ctx, &inference.ModelInferRequest{ModelName: "recommender", Inputs: users("1")})
	require.Equal(t, codes.DeadlineExceeded, status.Code(err))
}

func TestGRPCHealthFollowsTheModel(t *testing.T) {
	s := open(t)
	connection := s.dial(t)
	health, client := healthpb.NewHealthClient(connection), inference.NewGRPCInferenceServiceClient(connection)
	watched, err := health.Watch(t.Context(), &healthpb.HealthCheckRequest{Service: "inference.GRPCInferenceService"})
	require.NoError(t, err)
	now, err := watched.Recv()
	require.NoError(t, err)
	require.Equal(t, healthpb.HealthCheckResponse_NOT_SERVING, now.GetStatus())

	s.point(t, s.add(t, "1", modeltest.Parameters(t, 1, modeltest.Small)))
	now, err = watched.Recv()
	require.NoError(t, err)
	require.Equal(t, healthpb.HealthCheckResponse_SERVING, now.GetStatus())

	_, err = client.RepositoryModelUnload(t.Context(), &inference.RepositoryModelUnloadRequest{ModelName: "recommender"})
	require.NoError(t, err)
	now, err = watched.Recv()
	require.NoError(t, err)
	require.Equal(t, healthpb.HealthCheckResponse_NOT_SERVING, now.GetStatus())
	_, err = client.ModelInfer(t.Context(), &inference.ModelInferRequest{ModelName: "recommender", Inputs: users("1")})
	require.Equal(t, codes.Unavailable, status.Code(err))

	_, err = health.Check(t.Context(), &healthpb.HealthCheckRequest{Service: "nobody"})
	require.Equal(t, codes.NotFound, status.Code(err))
}
