package conformance_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the table of docs/api.md anew")

// page is where the table is kept, between two marks.
var (
	page  = filepath.Join("..", "..", "docs", "api.md")
	marks = [2]string{"<!-- conformance -->\n", "<!-- /conformance -->\n"}
)

// endpoints is the table's rows.
var endpoints = []string{
	"V1 live", "V1 models", "V1 model ready", "V1 predict", "V1 explain",
	"V1 predict, gzip", "V1 predict, zstd", "V1 predict, h2c", "V1 predict, binary CloudEvent", "V1 predict, structured CloudEvent",
	"V2 live", "V2 ready", "V2 server metadata", "V2 models", "V2 model metadata", "V2 model metadata, version", "V2 model ready", "V2 model ready, version",
	"V2 infer", "V2 infer, version", "V2 infer, tensors as bytes", "V2 infer, gzip", "V2 repository index", "V2 load", "V2 unload",
	"ServerLive", "ServerReady", "ModelReady", "ServerMetadata", "ModelMetadata", "ModelInfer, contents", "ModelInfer, raw contents", "ModelInfer, gzip",
	"RepositoryIndex", "RepositoryModelLoad", "RepositoryModelUnload", "health Check", "reflection",
	"metrics", "OpenAPI document",
}

// client is a column of the table.
type client struct {
	name string
	call func(t *testing.T, g given) (called []string)
}

func clients() []client {
	script := func(name string) func(*testing.T, given) []string {
		return func(t *testing.T, g given) []string { return python(t, name, g) }
	}
	return []client{
		{"KServe REST", script("kserve_rest.py")},
		{"KServe gRPC", script("kserve_grpc.py")},
		{"Triton HTTP", script("triton_http.py")},
		{"Triton gRPC", script("triton_grpc.py")},
		{"CloudEvents", script("cloudevents_sdk.py")},
		{"curl", curl},
		{"grpcurl", grpcurl},
		{"Schemathesis", schemathesis},
	}
}

func TestClientsThatWeDidNotWriteGetWhatTheProtocolsPromise(t *testing.T) {
	called := map[string][]string{}
	for _, c := range clients() {
		t.Run(c.name, func(t *testing.T) {
			called[c.name] = c.call(t, open(t))
			for _, endpoint := range called[c.name] {
				require.Contains(t, endpoints, endpoint)
			}
		})
	}
	if t.Failed() || len(called) < len(clients()) { // -run chose some
		return
	}
	table := render(called)
	content, err := os.ReadFile(page)
	require.NoError(t, err)
	before, rest, found := strings.Cut(string(content), marks[0])
	require.True(t, found, "%s has no table", page)
	kept, after, found := strings.Cut(rest, marks[1])
	require.True(t, found, "%s has no end of the table", page)
	if *update {
		require.NoError(t, os.WriteFile(page, []byte(before+marks[0]+table+marks[1]+after), 0o600))
		return
	}
	require.Equal(t, table, kept, "%s says otherwise; if that is meant, run go test -update", page)
}

// render returns the table in Markdown.
func render(called map[string][]string) string {
	var table strings.Builder
	line := func(cells ...string) { table.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	header, rule := []string{"endpoint"}, []string{"---"}
	for _, c := range clients() {
		header, rule = append(header, c.name), append(rule, ":-:")
	}
	line(header...)
	line(rule...)
	for _, endpoint := range endpoints {
		cells := []string{endpoint}
		for _, c := range clients() {
			cell := ""
			if slices.Contains(called[c.name], endpoint) {
				cell = "✓"
			}
			cells = append(cells, cell)
		}
		line(cells...)
	}
	return table.String()
}
