package conformance_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
)

// curl calls every endpoint over HTTP by curl.
func curl(t *testing.T, g given) []string {
	predict := fmt.Sprintf(`{"instances":[{"user_id":%q,"k":3}]}`, g.User)
	infer := fmt.Sprintf(`{"inputs":[{"name":"user_id","datatype":"BYTES","shape":[1],"data":[%q]}],"parameters":{"k":3}}`, g.User)
	model := "/v2/models/" + g.Model
	calls := []struct {
		endpoint string
		path     string
		args     []string
	}{
		{"V1 live", "/", nil},
		{"V1 models", "/v1/models", nil},
		{"V1 model ready", "/v1/models/" + g.Model, nil},
		{"V1 predict", "/v1/models/" + g.Model + ":predict", []string{"-d", predict}},
		{"V1 explain", "/v1/models/" + g.Model + ":explain", []string{"-d", predict}},
		{"V1 predict, gzip", "/v1/models/" + g.Model + ":predict", []string{"--compressed", "-H", "Content-Encoding: gzip", "--data-binary", "@" + file(t, zipped(t, predict))}},
		{"V1 predict, zstd", "/v1/models/" + g.Model + ":predict", []string{"-H", "Content-Encoding: zstd", "--data-binary", "@" + file(t, zstandard(t, predict))}},
		{"V1 predict, h2c", "/v1/models/" + g.Model + ":predict", []string{"--http2-prior-knowledge", "-d", predict}},
		{"V1 predict, binary CloudEvent", "/v1/models/" + g.Model + ":predict", []string{"-H", "ce-specversion: 1.0", "-H", "ce-id: 1", "-H", "ce-source: curl", "-H", "ce-type: visit", "-H", "Content-Type: application/json", "-d", predict}},
		{"V2 live", "/v2/health/live", nil},
		{"V2 ready", "/v2/health/ready", nil},
		{"V2 server metadata", "/v2", nil},
		{"V2 models", "/v2/models", nil},
		{"V2 model metadata", model, nil},
		{"V2 model metadata, version", model + "/versions/" + g.Version, nil},
		{"V2 model ready", model + "/ready", nil},
		{"V2 model ready, version", model + "/versions/" + g.Version + "/ready", nil},
		{"V2 infer", model + "/infer", []string{"-d", infer}},
		{"V2 infer, version", model + "/versions/" + g.Version + "/infer", []string{"-d", infer}},
		{"V2 infer, gzip", model + "/infer", []string{"--compressed", "-d", infer}},
		{"V2 repository index", "/v2/repository/index", []string{"-X", "POST"}},
		{"V2 unload", "/v2/repository/models/" + g.Model + "/unload", []string{"-X", "POST"}},
		{"V2 load", "/v2/repository/models/" + g.Model + "/load", []string{"-X", "POST"}},
		{"metrics", "/metrics", nil},
		{"OpenAPI document", "/openapi.json", nil},
	}
	var called []string
	for _, c := range calls {
		printed := run(t, "curl", append([]string{"--silent", "--show-error", "--fail-with-body", "--max-time", "20", g.URL + c.path}, c.args...)...)
		if c.endpoint != "metrics" {
			require.True(t, json.Valid(printed), "%s: %s", c.endpoint, printed)
		}
		called = append(called, c.endpoint)
	}
	return called
}

// file keeps content for curl to send.
func file(t *testing.T, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "body.json")
	require.NoError(t, os.WriteFile(path, content, 0o600))
	return path
}

func zipped(t *testing.T, content string) []byte {
	t.Helper()
	var compressed bytes.Buffer
	writer := gzip.NewWriter(&compressed)
	_, err := writer.Write([]byte(content))
	require.NoError(t, err)
	require.NoError(t, writer.Close())
	return compressed.Bytes()
}

func zstandard(t *testing.T, content string) []byte {
	t.Helper()
	encoder, err := zstd.NewWriter(nil)
	require.NoError(t, err)
	return encoder.EncodeAll([]byte(content), nil)
}
