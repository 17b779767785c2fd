package server_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/model/modeltest"
	"github.com/daybreak-ml/daybreak/predictor/server"
	"github.com/daybreak-ml/daybreak/predictor/v2grpc/inference"
)

// wait waits until a path is answered with 200.
func (s *shop) wait(t *testing.T, path string) {
	t.Helper()
	require.Eventually(t, func() bool {
		status, _ := s.askRaw(t, http.MethodGet, path, "")
		return status == http.StatusOK
	}, patience, 5*time.Millisecond)
}

func TestSeveralModelsAndVersionsAnswerSideBySideOverEveryProtocol(t *testing.T) {
	dir := t.TempDir()
	write := func(seed uint64, folders ...string) {
		require.NoError(t, model.Write(filepath.Join(append([]string{dir}, folders...)...), modeltest.Parameters(t, seed, modeltest.Small)))
	}
	write(3, "books", "3")
	write(4, "books", "4")
	write(1, "garden")
	s := &shop{models: dir, url: serve(t, server.Options{ModelsDir: dir, KeepVersions: 2, Poll: time.Hour})}
	s.wait(t, "/v2/health/ready")
	const user = "shopper-00005"
	client := inference.NewGRPCInferenceServiceClient(s.dial(t))
	for _, c := range []struct {
		model, version, answers string
		seed                    uint64
	}{
		{"books", "", "4", 4},
		{"books", "4", "4", 4},
		{"books", "3", "3", 3},
		{"garden", "", "0", 1},
	} {
		score := firstScore(t, modeltest.Parameters(t, c.seed, modeltest.Small), user)
		path := "/v2/models/" + c.model
		if c.version == "" {
			_, body := s.askRaw(t, http.MethodPost, "/v1/models/"+c.model+":predict", `{"instances":[{"user_id":"`+user+`","k":1}]}`)
			var answer v1Answer
			require.NoError(t, json.Unmarshal(body, &answer))
			require.Equal(t, c.model, answer.ModelName)
			require.Equal(t, c.answers, answer.ModelVersion)
			require.Equal(t, score, answer.Predictions[0].Items[0].Score)
		} else {
			path += "/versions/" + c.version
		}
		_, body := s.askRaw(t, http.MethodPost, path+"/infer",
			`{"inputs":[{"name":"user_id","datatype":"BYTES","shape":[1],"data":["`+user+`"]}],"outputs":[{"name":"score"}],"parameters":{"k":1}}`)
		var answer v2Answer
		require.NoError(t, json.Unmarshal(body, &answer))
		require.Equal(t, c.answers, answer.ModelVersion)
		var scores []float32
		require.NoError(t, json.Unmarshal(answer.Outputs[0].Data, &scores))
		require.Equal(t, []float32{score}, scores)

		called, err := client.ModelInfer(t.Context(), &inference.ModelInferRequest{ModelName: c.model, ModelVersion: c.version, Inputs: users(user),
			Parameters: map[string]*inference.InferParameter{"k": integer(1)}})
		require.NoError(t, err)
		require.Equal(t, c.answers, called.GetModelVersion())
		require.Equal(t, []float32{score}, called.GetOutputs()[1].GetContents().GetFp32Contents())
	}
	status, answer := s.ask(t, http.MethodPost, "/v2/models/garden/versions/3/infer", `{"inputs":[]}`)
	require.Equal(t, http.StatusBadRequest, status, answer)

	// KServe's agent fetches a model beside the others, and then has it loaded; or unloads one and removes its folder.
	write(7, "toys")
	status, answer = s.ask(t, http.MethodPost, "/v2/repository/models/toys/load", "")
	require.Equal(t, http.StatusOK, status, answer)
	status, _ = s.ask(t, http.MethodGet, "/v1/models/toys", "")
	require.Equal(t, http.StatusOK, status)
	status, answer = s.ask(t, http.MethodPost, "/v2/repository/models/garden/unload", "")
	require.Equal(t, http.StatusOK, status, answer)
	status, _ = s.ask(t, http.MethodGet, "/v1/models/garden", "")
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "garden")))
	status, answer = s.ask(t, http.MethodPost, "/v2/repository/models/books/load", "")
	require.Equal(t, http.StatusOK, status, answer)
	status, _ = s.ask(t, http.MethodGet, "/v1/models/garden", "")
	require.Equal(t, http.StatusNotFound, status, "its folder has gone")
}

func TestOneConnectionCarriesCallsAndRequests(t *testing.T) {
	s := openWith(t, 1)
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: &protocols}
	defer transport.CloseIdleConnections()
	var connections []string
	send := func(path, contentType string, body []byte) (answer []byte, header, trailer http.Header) {
		trace := &httptrace.ClientTrace{GotConn: func(got httptrace.GotConnInfo) {
			connections = append(connections, fmt.Sprint(got.Conn.LocalAddr()))
		}}
		request, err := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), trace), http.MethodPost, s.url+path, bytes.NewReader(body))
		require.NoError(t, err)
		request.Header.Set("Content-Type", contentType)
		request.Header.Set("TE", "trailers")
		got, err := transport.RoundTrip(request)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, got.StatusCode)
		answer, err = io.ReadAll(got.Body)
		require.NoError(t, err)
		require.NoError(t, got.Body.Close())
		return answer, got.Header, got.Trailer
	}
	call, err := proto.Marshal(&inference.ModelInferRequest{ModelName: "recommender", Inputs: users("shopper-00005")})
	require.NoError(t, err)
	framed := append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(call))), call...)
	for range 3 {
		answer, header, _ := send(predict, "application/json", []byte(`{"instances":[{"user_id":"shopper-00005"}]}`))
		require.Equal(t, "application/json", header.Get("Content-Type"))
		require.True(t, strings.HasPrefix(string(answer), `{"predictions":[`), "%s", answer)
		answer, header, trailer := send("/inference.GRPCInferenceService/ModelInfer", "application/grpc", framed)
		require.Equal(t, "application/grpc", header.Get("Content-Type"))
		require.Equal(t, "0", trailer.Get("Grpc-Status"))
		var inferred inference.ModelInferResponse
		require.NoError(t, proto.Unmarshal(answer[5:], &inferred))
		require.Equal(t, "recommender", inferred.GetModelName())
	}
	require.Len(t, connections, 6)
	for _, connection := range connections {
		require.Equal(t, connections[0], connection)
	}
}
