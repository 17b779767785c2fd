package server_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/daybreak-ml/daybreak/model/modeltest"
	"github.com/daybreak-ml/daybreak/predictor/recommend"
	"github.com/daybreak-ml/daybreak/predictor/server"
	"github.com/daybreak-ml/daybreak/predictor/v2grpc/inference"
)

// openAs is openWith for a server with options of its own.
func openAs(t *testing.T, options server.Options) *shop {
	t.Helper()
	dir := t.TempDir()
	s := &shop{models: dir, link: filepath.Join(dir, "current")}
	options.ModelName, options.ModelDir, options.Poll = "recommender", s.link, 10*time.Millisecond
	s.point(t, s.add(t, "1", modeltest.Parameters(t, 1, modeltest.Small)))
	s.url = serve(t, options)
	s.await(t, "1")
	return s
}

// send sends a predict request with a header of its own.
func (s *shop) send(t *testing.T, name, value string) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+predict, strings.NewReader(`{"instances":[{}]}`))
	require.NoError(t, err)
	request.Header.Set(name, value)
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	return answer
}

func TestWhatFindsNoPlaceToWaitIsToldWhenToComeAgain(t *testing.T) {
	s := openAs(t, server.Options{Gate: recommend.NewGate(0, 0)})
	answer := s.send(t, "Content-Type", "application/json")
	require.Equal(t, http.StatusTooManyRequests, answer.StatusCode)
	require.Equal(t, "1", answer.Header.Get("Retry-After"))

	var trailer metadata.MD
	client := inference.NewGRPCInferenceServiceClient(s.dial(t))
	_, err := client.ModelInfer(t.Context(), &inference.ModelInferRequest{ModelName: "recommender", Inputs: users("1")}, grpc.Trailer(&trailer))
	require.Equal(t, codes.Unavailable, status.Code(err))
	require.Equal(t, []string{"1"}, trailer.Get("retry-after"))
}

func TestARequestIsGivenUpWhenTheProxyWillGiveItUp(t *testing.T) {
	s := openAs(t, server.Options{Gate: recommend.NewGate(0, 1)})
	require.Equal(t, http.StatusGatewayTimeout, s.send(t, "X-Envoy-Expected-Rq-Timeout-Ms", "20").StatusCode)
}
