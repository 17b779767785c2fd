package server_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/daybreak-ml/daybreak/predictor/v2grpc/inference"
)

// framed puts a message behind its prefix.
func framed(compressed byte, size int, message []byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{compressed}, uint32(size)), message...)
}

// called is what a call is answered: its status, and whether a message came.
type called struct {
	http    int
	status  string
	message bool
}

// Calls of ModelInfer are answered by our own reading of gRPC's protocol, others and those whose messages are
// compressed by grpc.Server's. What is wrong with a call is wrong for both. ServerLive
// stands for those that grpc.Server answers, which calls it unknown if a message ends early.
func TestCallsAreAnsweredAsGRPCsOwnServerAnswersThem(t *testing.T) {
	s := openWith(t, 1)
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: &protocols}
	defer transport.CloseIdleConnections()
	call := func(t *testing.T, method string, header map[string]string, body []byte) called {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/inference.GRPCInferenceService/"+method, bytes.NewReader(body))
		require.NoError(t, err)
		request.Header.Set("Content-Type", "application/grpc")
		request.Header.Set("Te", "trailers")
		for name, value := range header {
			request.Header.Set(name, value)
		}
		answer, err := transport.RoundTrip(request)
		require.NoError(t, err)
		message, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		status := answer.Trailer.Get("Grpc-Status") + answer.Header.Get("Grpc-Status") // an error may be all head
		return called{answer.StatusCode, status, len(message) > 0}
	}
	infer, err := proto.Marshal(&inference.ModelInferRequest{ModelName: "recommender", Inputs: users("1")})
	require.NoError(t, err)
	var live []byte // ServerLive's request is empty

	for _, c := range []struct {
		name   string
		header map[string]string
		body   func(message []byte) []byte
		ours   codes.Code
		theirs codes.Code
	}{
		{"a call", nil, func(m []byte) []byte { return framed(0, len(m), m) }, codes.OK, codes.OK},
		{"with its codec", map[string]string{"Content-Type": "application/grpc+proto"}, func(m []byte) []byte { return framed(0, len(m), m) }, codes.OK, codes.OK},
		{"with a time", map[string]string{"Grpc-Timeout": "5S"}, func(m []byte) []byte { return framed(0, len(m), m) }, codes.OK, codes.OK},
		{"with more time than there is", map[string]string{"Grpc-Timeout": "99999999H"}, func(m []byte) []byte { return framed(0, len(m), m) }, codes.OK, codes.OK},
		{"said not to be compressed", map[string]string{"Grpc-Encoding": "identity"}, func(m []byte) []byte { return framed(0, len(m), m) }, codes.OK, codes.OK},
		{"compressed, but not said so", nil, func(m []byte) []byte { return framed(1, len(m), m) }, codes.Internal, codes.Internal},
		{"in a coding nobody knows", map[string]string{"Grpc-Encoding": "lz77"}, func(m []byte) []byte { return framed(1, len(m), m) }, codes.Unimplemented, codes.Unimplemented},
		{"without a message", nil, func([]byte) []byte { return nil }, codes.Internal, codes.Unknown},
		{"a prefix that ends early", nil, func([]byte) []byte { return []byte{0, 0} }, codes.Internal, codes.Unknown},
		{"a message that ends early", nil, func(m []byte) []byte { return framed(0, len(m)+9, m) }, codes.Internal, codes.Unknown},
		{"a message said to be too large", nil, func(m []byte) []byte { return framed(0, 1<<30, m) }, codes.ResourceExhausted, codes.ResourceExhausted},
		{"a message that can't be decoded", nil, func([]byte) []byte { return framed(0, 2, []byte{0xff, 0xff}) }, codes.Internal, codes.Internal},
		{"two messages", nil, func(m []byte) []byte { return append(framed(0, len(m), m), framed(0, len(m), m)...) }, codes.Internal, codes.OK},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, called{http.StatusOK, codeText(c.ours), c.ours == codes.OK}, call(t, "ModelInfer", c.header, c.body(infer)))
			require.Equal(t, called{http.StatusOK, codeText(c.theirs), c.theirs == codes.OK}, call(t, "ServerLive", c.header, c.body(live)))
		})
	}

	t.Run("with no time left", func(t *testing.T) { // which grpc.Server may answer all the same
		ours := call(t, "ModelInfer", map[string]string{"Grpc-Timeout": "0n"}, framed(0, len(infer), infer))
		require.Equal(t, called{http.StatusOK, codeText(codes.DeadlineExceeded), false}, ours)
	})

	t.Run("a time that isn't one", func(t *testing.T) {
		ours := call(t, "ModelInfer", map[string]string{"Grpc-Timeout": strings.Repeat("1", 9) + "S"}, framed(0, len(infer), infer))
		require.Equal(t, http.StatusBadRequest, ours.http)
	})
}

func codeText(code codes.Code) string {
	text, _ := json.Marshal(uint32(code))
	return string(text)
}
