// Package v1 speaks KServe's V1 protocol; source: https://kserve.github.io/website, "V1 Inference
// Protocol".
package v1

import (
	"fmt"
	"net/http"
	"slices"
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
	mux.HandleFunc(models+"{call}", func(w http.ResponseWriter, r *http.Request) { a.call(w, r, r.PathValue("call")) })
}

// models is where the paths of models begin.
const models = "/v1/models/"

// Direct answers calls, as Register's route does, whose path needs no router to be understood: most requests are such. Others
// are next's.
func (a API) Direct(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		call, is := strings.CutPrefix(r.URL.Path, models)
		if !is || r.URL.RawPath != "" || strings.Contains(call, "/") || !strings.Contains(call, ":") {
			next.ServeHTTP(w, r)
			return
		}
		a.call(w, r, call)
	})
}

func (a API) list(w http.ResponseWriter, _ *http.Request) {
	response.JSON(w, http.StatusOK, map[string][]string{"models": a.Service.Models.Names()})
}

// call answers /v1/models/<model> and /v1/models/<model>:<verb>; call is what follows the last slash.
func (a API) call(w http.ResponseWriter, r *http.Request, call string) {
	name, verb, isCall := strings.Cut(call, ":")
	switch allowed := allowed(isCall); {
	case !slices.Contains(allowed, r.Method):
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		response.Error(w, http.StatusMethodNotAllowed, fmt.Sprintf("%s is not allowed at %s; allowed: %s", r.Method, r.URL.Path, strings.Join(allowed, ", ")))
		return
	case !isCall:
		a.model(w, name)
		return
	}
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

// allowed returns the methods of a call, or of a model.
func allowed(isCall bool) []string {
	if isCall {
		return []string{http.MethodPost}
	}
	return []string{http.MethodGet, http.MethodHead}
}

// model says whether the model of this name answers requests.
func (a API) model(w http.ResponseWriter, name string) {
	switch serving, err := a.Service.Models.Versions(name); {
	case err != nil:
		recommend.Fail(w, err)
	case len(serving) == 0:
		response.Error(w, http.StatusServiceUnavailable, fmt.Sprintf("model %s is not ready", name))
	default:
		response.JSON(w, http.StatusOK, map[string]any{"name": name, "ready": true})
	}
}

// answer answers a request for the model of this name, which there is, and measures it.
func (a API) answer(w http.ResponseWriter, r *http.Request, name string, do func(http.ResponseWriter, *http.Request, string) (version string, err error)) {
	began := time.Now()
	version, err := do(w, r, name)
	code := "200"
	if err != nil {
		code = strconv.Itoa(recommend.Fail(w, err))
	}
	a.Service.Metrics.Answered(metrics.Outcome{
		Protocol: metrics.V1, Code: code, Model: name, Version: version, Took: time.Since(began),
	})
}
