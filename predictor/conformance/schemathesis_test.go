package conformance_test

import (
	"os"
	"path/filepath"
	"testing"
)

// schemathesis tries what the predictor's OpenAPI document allows, and what it doesn't, and compares
// the answers with what it says. unload is left to the others, since it would leave nothing to try.
func schemathesis(t *testing.T, g given) []string {
	arguments := []string{"--config-file", filepath.Join("clients", "schemathesis.toml"), "run", g.URL + "/openapi.json", "--exclude-operation-id", "unload"}
	if os.Getenv("DAYBREAK_SOAK") != "" {
		arguments = append(arguments, "--max-examples", "50")
	}
	run(t, installed(t, "schemathesis"), arguments...)
	return []string{
		"V1 live", "V1 models", "V1 model ready", "V1 predict", "V1 explain",
		"V2 live", "V2 ready", "V2 server metadata", "V2 models", "V2 model metadata", "V2 model metadata, version", "V2 model ready",
		"V2 model ready, version", "V2 infer", "V2 infer, version", "V2 repository index", "V2 load", "OpenAPI document",
	}
}
