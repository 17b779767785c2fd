// Package v2 speaks the Open Inference Protocol, KServe's V2, over HTTP; source:
// https://github.com/kserve/open-inference-protocol, specification/protocol/inference_rest.md. Its
// repository calls and tensors as bytes are Triton's extensions, model_repository and
// binary_tensor_data.
package v2

import (
	"net/http"

	"github.com/daybreak-ml/daybreak/predictor/oip"
	"github.com/daybreak-ml/daybreak/predictor/recommend"
	"github.com/daybreak-ml/daybreak/predictor/response"
)

// An API answers V2 requests with a service.
type API struct {
	Service *recommend.Service
	Ready   func() bool // whether the server wants requests: its models serve and it isn't about to stop
}

// Register adds the protocol's routes to mux.
func (a API) Register(mux *http.ServeMux) {
	mux.HandleFunc("GET /v2", a.server)
	mux.HandleFunc("GET /v2/health/live", a.live)
	mux.HandleFunc("GET /v2/health/ready", a.ready)
	mux.HandleFunc("GET /v2/models", a.list)
	for _, model := range []string{"/v2/models/{model}", "/v2/models/{model}/versions/{version}"} {
		mux.HandleFunc("GET "+model, a.metadata)
		mux.HandleFunc("GET "+model+"/ready", a.modelReady)
		mux.HandleFunc("POST "+model+"/infer", a.infer)
	}
	mux.HandleFunc("POST /v2/repository/index", a.index)
	mux.HandleFunc("POST /v2/repository/models/{model}/load", a.load)
	mux.HandleFunc("POST /v2/repository/models/{model}/unload", a.unload)
}

func (a API) server(w http.ResponseWriter, _ *http.Request) {
	response.JSON(w, http.StatusOK, map[string]any{
		"name": oip.ServerName, "version": oip.ServerVersion, "extensions": oip.Extensions(),
	})
}

func (a API) live(w http.ResponseWriter, _ *http.Request) {
	response.JSON(w, http.StatusOK, map[string]bool{"live": true})
}

func (a API) ready(w http.ResponseWriter, _ *http.Request) {
	ready, status := a.Ready(), http.StatusOK
	if !ready {
		status = http.StatusServiceUnavailable
	}
	response.JSON(w, status, map[string]bool{"ready": ready})
}

func (a API) list(w http.ResponseWriter, _ *http.Request) {
	response.JSON(w, http.StatusOK, map[string][]string{"models": a.Service.Models.Names()})
}

// metadata describes a model with the versions that serve, or the one that the path asks for.
func (a API) metadata(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("model")
	versions, err := a.Service.Serving(target(r))
	if err != nil {
		recommend.Fail(w, err)
		return
	}
	response.JSON(w, http.StatusOK, struct {
		Name     string            `json:"name"`
		Versions []string          `json:"versions"`
		Platform string            `json:"platform"`
		Inputs   []oip.Description `json:"inputs"`
		Outputs  []oip.Description `json:"outputs"`
	}{name, versions, oip.Platform, oip.Inputs(), oip.Outputs()})
}

func (a API) modelReady(w http.ResponseWriter, r *http.Request) {
	if _, err := a.Service.Serving(target(r)); err != nil {
		recommend.Fail(w, err)
		return
	}
	response.JSON(w, http.StatusOK, map[string]any{"name": r.PathValue("model"), "ready": true})
}

// target returns the model that the request's path asks for.
func target(r *http.Request) recommend.Target {
	return recommend.Target{Model: r.PathValue("model"), Version: r.PathValue("version")}
}
