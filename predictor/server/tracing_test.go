package server_test

import (
	"context"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/model/modeltest"
	"github.com/daybreak-ml/daybreak/predictor/server"
	"github.com/daybreak-ml/daybreak/predictor/tracing"
	"github.com/daybreak-ml/daybreak/predictor/tracing/tracingtest"
	"github.com/daybreak-ml/daybreak/predictor/v2grpc/inference"
)

func TestACallersTraceGoesOnInTheServer(t *testing.T) {
	const trace, caller = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
	propagated := map[string]map[string]string{
		"W3C":                 {"traceparent": "00-" + trace + "-" + caller + "-01"},
		"B3, one header":      {"b3": trace + "-" + caller + "-1"},
		"B3, several headers": {"x-b3-traceid": trace, "x-b3-spanid": caller, "x-b3-sampled": "1"},
	}
	ask := map[string]func(t *testing.T, url string, headers map[string]string){
		"HTTP": func(t *testing.T, url string, headers map[string]string) {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+predict, strings.NewReader(`{"instances":[{"user_id":"shopper-00005"}]}`))
			require.NoError(t, err)
			for name, value := range headers {
				request.Header.Set(name, value)
			}
			answer, err := http.DefaultClient.Do(request)
			require.NoError(t, err)
			require.NoError(t, answer.Body.Close())
			require.Equal(t, http.StatusOK, answer.StatusCode)
		},
		"gRPC": func(t *testing.T, url string, headers map[string]string) {
			connection, err := grpc.NewClient(strings.TrimPrefix(url, "http://"), grpc.WithTransportCredentials(insecure.NewCredentials()))
			require.NoError(t, err)
			defer func() { require.NoError(t, connection.Close()) }()
			ctx := metadata.NewOutgoingContext(t.Context(), metadata.New(headers))
			_, err = inference.NewGRPCInferenceServiceClient(connection).ModelInfer(ctx, &inference.ModelInferRequest{
				ModelName: "recommender",
				Inputs: []*inference.ModelInferRequest_InferInputTensor{{
					Name: "user_id", Datatype: "BYTES", Shape: []int64{1},
					Contents: &inference.InferTensorContents{BytesContents: [][]byte{[]byte("shopper-00005")}},
				}},
			})
			require.NoError(t, err)
		},
	}
	dir := filepath.Join(t.TempDir(), "1")
	require.NoError(t, model.Write(dir, modeltest.Parameters(t, 1, modeltest.Small)))
	for protocol, send := range ask {
		for format, headers := range propagated {
			t.Run(protocol+", "+format, func(t *testing.T) {
				receiver := tracingtest.NewReceiver(t)
				t.Run("requests", func(t *testing.T) { // the server sends its spans when this ends
					tracer, err := tracing.New(context.Background(), tracing.Options{Endpoint: receiver.URL, Share: 0, Service: "predictor"})
					require.NoError(t, err)
					s := &shop{}
					s.url = serve(t, server.Options{ModelName: "recommender", ModelDir: dir, ModelVersion: "1", Poll: 10 * time.Millisecond, Tracer: tracer})
					s.await(t, "1")
					send(t, s.url, headers)
					send(t, s.url, nil)
				})
				require.Equal(t, map[string]string{trace: caller}, receiver.Parents(), "only the caller's trace is sent where the share is 0")
			})
		}
	}
}
