package server_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"

	"github.com/daybreak-ml/daybreak/predictor/payloadlog"
	"github.com/daybreak-ml/daybreak/predictor/server"
	"github.com/daybreak-ml/daybreak/predictor/v2grpc/inference"
)

// A payload is an event that a sink got.
type payload struct{ kind, id, contentType, data string }

func TestCallsOverGRPCAreLoggedAsTheyGoOverTheWire(t *testing.T) {
	got := make(chan payload, 10)
	sink := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if data, err := io.ReadAll(r.Body); err == nil {
			got <- payload{r.Header.Get("Ce-Type"), r.Header.Get("Ce-Id"), r.Header.Get("Content-Type"), string(data)}
		}
	}))
	defer sink.Close()
	client := inference.NewGRPCInferenceServiceClient(openAs(t, server.Options{Payloads: payloadlog.Options{URL: sink.URL, Mode: "all", Queue: 8}}).dial(t))
	ctx := metadata.AppendToOutgoingContext(t.Context(), "x-request-id", "42")
	events := func() map[string]payload {
		byKind := map[string]payload{}
		for range 2 {
			event := <-got
			require.Equal(t, "42", event.id)
			byKind[event.kind] = event
		}
		return byKind
	}

	asked := &inference.ModelInferRequest{ModelName: "recommender", Inputs: users("1")}
	answered, err := client.ModelInfer(ctx, asked)
	require.NoError(t, err)
	logged := events()
	request := logged["org.kubeflow.serving.inference.request"]
	require.Equal(t, "application/protobuf; proto=inference.ModelInferRequest", request.contentType)
	var read inference.ModelInferRequest
	require.NoError(t, proto.Unmarshal([]byte(request.data), &read))
	require.True(t, proto.Equal(asked, &read))
	var response inference.ModelInferResponse
	require.NoError(t, proto.Unmarshal([]byte(logged["org.kubeflow.serving.inference.response"].data), &response))
	require.True(t, proto.Equal(answered, &response))

	_, err = client.ServerLive(ctx, &inference.ServerLiveRequest{})
	require.NoError(t, err)
	_, err = client.ModelInfer(ctx, &inference.ModelInferRequest{ModelName: "recommender"})
	require.Error(t, err)
	refused := events()["org.kubeflow.serving.inference.response"]
	require.Equal(t, "application/json", refused.contentType)
	require.Contains(t, refused.data, "inputs lack user_id")
}
