// Package v1 speaks KServe's V1 protocol; source: https://kserve.github.io/website, "V1 Inference
// Protocol".
package v1

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/daybreak-ml/daybreak/predictor/metrics"
	"github.com/daybreak-ml/daybreak/predictor/recommend"
	"github.com/daybreak-ml/daybreak/predictor/response"
)

// An API answers V1 requests with a service.
type API struct{ Service *recommend.Service }

// Register adds the protocol's routes to mux.
func (a API) Register(mux *http.ServeMux) {
	mux.HandleFunc("GET /v1/models", a.list)
	mux.HandleFunc("GET /v1/models/{model}", a.model)
	mux.HandleFunc("POST /v1/models/{call}", a.call)
}

func (a API) list(w http.ResponseWriter, _ *http.Request) {
	response.JSON(w, http.StatusOK, map[string][]string{"models": a.Service.Models.Names()})
}

func (a API) model(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("model")
	switch serving, err := a.Service.Models.Versions(name); {
	case err != nil:
		recommend.Fail(w, err)
	case len(serving) == 0:
		response.Error(w, http.StatusServiceUnavailable, fmt.Sprintf("model %s is not ready", name))
	default:
		response.JSON(w, http.StatusOK, map[string]any{"name": name, "ready": true})
	}
}

// call answers POST /v1/models/<model>:<verb>.
func (a API) call(w http.ResponseWriter, r *http.Request) {
	call := r.PathValue("call")
	colon := strings.LastIndexByte(call, ':')
	if colon < 0 {
		response.Error(w, http.StatusNotFound, fmt.Sprintf("POST needs a verb: /v1/models/%s:predict", call))
		return
	}
	name, verb := call[:colon], call[colon+1:]
	if _, err := a.Service.Models.Model(name); err != nil {
		recommend.Fail(w, err)
		return
	}
	switch verb {
	case "predict":
		a.answer(w, r, name, a.predict)
	case "explain":
		a.answer(w, r, name, a.explain)
	default:
		response.Error(w, http.StatusNotFound, fmt.Sprintf("there is no verb %q; there are predict and explain", verb))
	}
}

// answer answers a request for the model of this name, which there is, and measures it.
func (a API) answer(w http.ResponseWriter, r *http.Request, name string, do func(http.ResponseWriter, *http.Request, string) (version string, err error)) {
	began := time.Now()
	version, err := do(w, r, name)
	status := http.StatusOK
	if err != nil {
		status = recommend.Fail(w, err)
	}
	a.Service.Metrics.Answered(metrics.Outcome{
		Protocol: "v1", Code: strconv.Itoa(status), Model: name, Version: version, Took: time.Since(began),
	})
}
