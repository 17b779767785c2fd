// Package openapi holds the description of the predictor's HTTP interface in OpenAPI 3.1, which is
// what its clients may rely on. It is served at /openapi.json.
package openapi

import (
	_ "embed"
	"net/http"

	"github.com/daybreak-ml/daybreak/predictor/response"
)

//go:embed openapi.json
var document []byte

// Handler serves the document.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		response.Send(w, http.StatusOK, "application/json", document)
	})
}
