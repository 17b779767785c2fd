// Package v2 speaks the Open Inference Protocol, KServe's V2, over HTTP; source:
// https://github.com/kserve/open-inference-protocol, specification/protocol/inference_rest.md. Its
// repository calls are Triton's model repository extension.
package v2

import (
	"fmt"
	"log/slog"
	"net/http"

	"github.com/daybreak-ml/daybreak/predictor/recommend"
	"github.com/daybreak-ml/daybreak/predictor/response"
)

// An API answers V2 requests with a service.
type API struct {
	Service *recommend.Service
	Name    string      // of the model
	Ready   func() bool // whether the server wants requests: it has a model and isn't about to stop
}

// Register adds the protocol's routes to mux.
func (a API) Register(mux *http.ServeMux) {
	mux.HandleFunc("GET /v2", a.server)
	mux.HandleFunc("GET /v2/health/live", a.live)
	mux.HandleFunc("GET /v2/health/ready", a.ready)
	mux.HandleFunc("GET /v2/models", a.list)
	for _, model := range []string{"/v2/models/{model}", "/v2/models/{model}/versions/{version}"} {
		mux.HandleFunc("GET "+model, a.known(a.metadata))
		mux.HandleFunc("GET "+model+"/ready", a.known(a.modelReady))
		mux.HandleFunc("POST "+model+"/infer", a.known(a.infer))
	}
	mux.HandleFunc("POST /v2/repository/index", a.index)
	mux.HandleFunc("POST /v2/repository/models/{model}/load", a.known(a.load))
	mux.HandleFunc("POST /v2/repository/models/{model}/unload", a.known(a.unload))
}

// serverVersion is the version of this server's answers.
const serverVersion = "1"

func (a API) server(w http.ResponseWriter, _ *http.Request) {
	response.JSON(w, http.StatusOK, map[string]any{
		"name": "daybreak", "version": serverVersion, "extensions": []string{"model_repository"},
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
	response.JSON(w, http.StatusOK, map[string][]string{"models": {a.Name}})
}

// known lets only requests for the model there is through to handle.
func (a API) known(handle http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if name := r.PathValue("model"); name != a.Name {
			response.Error(w, http.StatusNotFound, fmt.Sprintf("there is no model %q; there is %q", name, a.Name))
			return
		}
		handle(w, r)
	}
}

// serving returns the version that serves, if it is the one that the request's path asks for, and
// otherwise answers the request.
func (a API) serving(w http.ResponseWriter, r *http.Request) (version string, ok bool) {
	current, err := a.Service.Models.Acquire(a.Name, r.PathValue("version"))
	if err != nil {
		response.Error(w, recommend.Status(err), err.Error())
		return "", false
	}
	defer current.Release()
	return current.Name, true
}

// tensorMetadata describes an input or output; -1 is a dimension that varies.
type tensorMetadata struct {
	Name     string `json:"name"`
	Datatype string `json:"datatype"`
	Shape    []int  `json:"shape"`
}

func (a API) metadata(w http.ResponseWriter, r *http.Request) {
	version, ok := a.serving(w, r)
	if !ok {
		return
	}
	response.JSON(w, http.StatusOK, struct {
		Name     string           `json:"name"`
		Versions []string         `json:"versions"`
		Platform string           `json:"platform"`
		Inputs   []tensorMetadata `json:"inputs"`
		Outputs  []tensorMetadata `json:"outputs"`
	}{
		Name:     a.Name,
		Versions: []string{version},
		Platform: "daybreak",
		Inputs:   []tensorMetadata{{"user_id", "BYTES", []int{-1}}, {"history", "BYTES", []int{-1}}},
		Outputs:  []tensorMetadata{{"item_id", "BYTES", []int{-1, -1}}, {"score", "FP32", []int{-1, -1}}},
	})
}

func (a API) modelReady(w http.ResponseWriter, r *http.Request) {
	if _, ok := a.serving(w, r); ok {
		response.JSON(w, http.StatusOK, map[string]any{"name": a.Name, "ready": true})
	}
}

// indexed is a model in the repository's index.
type indexed struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
	State   string `json:"state"`
	Reason  string `json:"reason"`
}

func (a API) index(w http.ResponseWriter, _ *http.Request) {
	entry := indexed{Name: a.Name, State: "UNAVAILABLE", Reason: "no model has been loaded yet"}
	if current, err := a.Service.Models.Acquire(a.Name, ""); err == nil {
		entry = indexed{Name: a.Name, Version: current.Name, State: "READY"}
		current.Release()
	}
	response.JSON(w, http.StatusOK, []indexed{entry})
}

// load takes a new version over and answers when it serves, or says why it was refused.
func (a API) load(w http.ResponseWriter, _ *http.Request) {
	if err := a.Service.Models.Load(a.Name); err != nil {
		slog.Error("a model was refused", "error", err) // whoever asked may not be who operates the server
		response.Error(w, http.StatusBadRequest, err.Error())
		return
	}
	response.JSON(w, http.StatusOK, map[string]any{"name": a.Name, "load": true})
}

func (a API) unload(w http.ResponseWriter, _ *http.Request) {
	response.Error(w, http.StatusNotImplemented, "unload is not supported: a predictor always serves its model")
}
