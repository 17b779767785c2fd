package contentcoding_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/predictor/contentcoding"
	"github.com/daybreak-ml/daybreak/predictor/response"
)

// limit is how much of a request echo reads, in bytes.
const limit = 1 << 20

// echo answers with the request's body, or says what was wrong with reading it.
var echo = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if err != nil {
		response.Error(w, http.StatusBadRequest, err.Error())
		return
	}
	response.Send(w, http.StatusOK, "text/plain", body)
})

func compressed(t testing.TB, coding string, content []byte) []byte {
	t.Helper()
	var into bytes.Buffer
	var writer io.WriteCloser = gzip.NewWriter(&into)
	if coding == "zstd" {
		encoder, err := zstd.NewWriter(&into)
		require.NoError(t, err)
		writer = encoder
	}
	_, err := writer.Write(content)
	require.NoError(t, err)
	require.NoError(t, writer.Close())
	return into.Bytes()
}

func decompressed(t *testing.T, coding string, content []byte) []byte {
	t.Helper()
	var reader io.Reader = bytes.NewReader(content)
	switch coding {
	case "gzip":
		unzipping, err := gzip.NewReader(reader)
		require.NoError(t, err)
		reader = unzipping
	case "zstd":
		decoder, err := zstd.NewReader(reader)
		require.NoError(t, err)
		defer decoder.Close()
		reader = decoder
	}
	read, err := io.ReadAll(reader)
	require.NoError(t, err)
	return read
}

func send(handler http.Handler, coding, accept string, body []byte) *httptest.ResponseRecorder {
	request := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
	request.Header.Set("Content-Encoding", coding)
	request.Header.Set("Accept-Encoding", accept)
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, request)
	return answer
}

func TestRequestsAndAnswersAreCodedAsTheClientSays(t *testing.T) {
	content := []byte(strings.Repeat("recommender ", 1000))
	for _, c := range []struct{ coding, accept, answered string }{
		{"", "", ""},
		{"gzip", "gzip", "gzip"},
		{"zstd", "zstd", "zstd"},
		{"gzip", "gzip, deflate, br, zstd", "zstd"},
		{"identity", "gzip;q=0.5, zstd;q=0.1", "gzip"},
		{"", "gzip;q=0, zstd;q=0.0", ""},
		{"", "br", ""},
	} {
		t.Run(c.coding+" in, out for "+c.accept, func(t *testing.T) {
			sent := content
			if c.coding == "gzip" || c.coding == "zstd" {
				sent = compressed(t, c.coding, content)
			}
			answer := send(contentcoding.New().Handler(echo), c.coding, c.accept, sent)
			require.Equal(t, http.StatusOK, answer.Code)
			require.Equal(t, c.answered, answer.Header().Get("Content-Encoding"))
			require.Equal(t, content, decompressed(t, c.answered, answer.Body.Bytes()))
		})
	}
}

func TestAShortAnswerIsNotCompressed(t *testing.T) {
	answer := send(contentcoding.New().Handler(echo), "", "gzip", []byte("short"))
	require.Empty(t, answer.Header().Get("Content-Encoding"))
	require.Equal(t, "short", answer.Body.String())
}

func TestWhatExpandsBeyondTheLimitIsReadNoFurther(t *testing.T) {
	bomb := make([]byte, 64<<20)
	for _, coding := range []string{"gzip", "zstd"} {
		answer := send(contentcoding.New().Handler(echo), coding, "", compressed(t, coding, bomb))
		require.Equal(t, http.StatusBadRequest, answer.Code)
		require.Contains(t, answer.Body.String(), "too large")
	}
}

func TestACodingThatIsNotKnownIsRefused(t *testing.T) {
	answer := send(contentcoding.New().Handler(echo), "br", "", []byte("?"))
	require.Equal(t, http.StatusUnsupportedMediaType, answer.Code)
	require.JSONEq(t, `{"error":"Content-Encoding is \"br\"; it must be gzip or zstd"}`, answer.Body.String())
}

func FuzzDecompress(f *testing.F) {
	f.Add("gzip", compressed(f, "gzip", []byte("recommender")))
	f.Add("zstd", compressed(f, "zstd", []byte("recommender")))
	handler := contentcoding.New().Handler(echo)
	f.Fuzz(func(t *testing.T, coding string, body []byte) {
		answer := send(handler, coding, "", body)
		require.Contains(t, []int{http.StatusOK, http.StatusBadRequest, http.StatusUnsupportedMediaType}, answer.Code)
		require.LessOrEqual(t, answer.Body.Len(), limit)
	})
}
