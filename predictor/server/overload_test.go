package server_test

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
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
	s := openAs(t, server.Options{Gate: recommend.NewGate(0, 0, 0)})
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
	s := openAs(t, server.Options{Gate: recommend.NewGate(0, 1, 0)})
	require.Equal(t, http.StatusGatewayTimeout, s.send(t, "X-Envoy-Expected-Rq-Timeout-Ms", "20").StatusCode)
}

func TestACrowdIsAnsweredOrToldToComeAgainAndEveryAnswerIsCounted(t *testing.T) {
	s := openAs(t, server.Options{Gate: recommend.NewGate(1, 4, time.Millisecond)})
	connection := s.dial(t)
	var answered, refused atomic.Int64
	var crowd sync.WaitGroup
	for n := range 48 {
		crowd.Go(func() {
			client := &http.Client{Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			calls := inference.NewGRPCInferenceServiceClient(connection)
			for range 200 {
				switch code := askAs(t, n%4, client, calls, s.url); code {
				case "200", "OK":
					answered.Add(1)
				case "429", "Unavailable":
					refused.Add(1)
				default:
					t.Errorf("answered with %s", code)
				}
			}
		})
	}
	for range 20 { // meanwhile
		answer, err := http.Get(s.url + "/v2/health/live")
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		require.Equal(t, http.StatusOK, answer.StatusCode, "health is told however many wait")
	}
	crowd.Wait()
	require.Equal(t, int64(48*200), answered.Load()+refused.Load())
	require.Positive(t, answered.Load())
	require.Positive(t, refused.Load())
	require.Equal(t, refused.Load(), s.sum(t, "daybreak_predictor_refusals_total"))
	require.Equal(t, answered.Load()+refused.Load(), s.sum(t, "daybreak_predictor_requests_total"))
	require.Eventually(t, func() bool { // one that waited for a millisecond after all is late while the crowd is remembered
		return s.send(t, "Content-Type", "application/json").StatusCode == http.StatusOK
	}, patience, time.Millisecond, "the crowd has gone")
}

// askAs asks for a prediction by one of three ways, the first of which is taken twice as often, and returns the code.
func askAs(t *testing.T, way int, client *http.Client, calls inference.GRPCInferenceServiceClient, url string) string {
	if way == 0 {
		_, err := calls.ModelInfer(t.Context(), &inference.ModelInferRequest{ModelName: "recommender", Inputs: users("1")})
		return status.Code(err).String()
	}
	path, body := predict, `{"instances":[{}]}`
	if way == 1 {
		path, body = "/v2/models/recommender/infer", `{"inputs":[{"name":"user_id","datatype":"BYTES","shape":[1],"data":["1"]}]}`
	}
	answer, err := client.Post(url+path, "application/json", strings.NewReader(body))
	if err != nil {
		return err.Error()
	}
	_, err = io.Copy(io.Discard, answer.Body)
	if err := errors.Join(err, answer.Body.Close()); err != nil {
		return err.Error()
	}
	if answer.StatusCode == http.StatusTooManyRequests && answer.Header.Get("Retry-After") != "1" {
		return "429 without Retry-After"
	}
	return strconv.Itoa(answer.StatusCode)
}

// sum returns the sum of a metric over its labels.
func (s *shop) sum(t *testing.T, name string) (sum int64) {
	t.Helper()
	answer, err := http.Get(s.url + "/metrics")
	require.NoError(t, err)
	defer func() { require.NoError(t, answer.Body.Close()) }()
	lines := bufio.NewScanner(answer.Body)
	for lines.Scan() {
		if line := lines.Text(); strings.HasPrefix(line, name+"{") {
			value, err := strconv.ParseFloat(line[strings.LastIndexByte(line, ' ')+1:], 64)
			require.NoError(t, err)
			sum += int64(value)
		}
	}
	require.NoError(t, lines.Err())
	return sum
}
