// Package v1 speaks KServe's V1 protocol; source: https://kserve.github.io/website, "V1 Inference
// Protocol".
package v1

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/predictor/instance"
	"github.com/daybreak-ml/daybreak/predictor/recommend"
	"github.com/daybreak-ml/daybreak/predictor/response"
)

// An API answers V1 requests with a service.
type API struct {
	Service *recommend.Service
	Name    string // of the model
}

// Register adds the protocol's routes to mux.
func (a API) Register(mux *http.ServeMux) {
	mux.HandleFunc("GET /v1/models", a.list)
	mux.HandleFunc("GET /v1/models/{model}", a.model)
	mux.HandleFunc("POST /v1/models/{call}", a.call)
}

func (a API) list(w http.ResponseWriter, _ *http.Request) {
	response.JSON(w, http.StatusOK, map[string][]string{"models": {a.Name}})
}

func (a API) model(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("model")
	switch serving, err := a.Service.Models.Versions(name); {
	case err != nil:
		a.unknown(w, name)
	case len(serving) == 0:
		response.Error(w, http.StatusServiceUnavailable, fmt.Sprintf("model %s is not ready", name))
	default:
		response.JSON(w, http.StatusOK, map[string]any{"name": name, "ready": true})
	}
}

func (a API) unknown(w http.ResponseWriter, name string) {
	response.Error(w, http.StatusNotFound, fmt.Sprintf("there is no model %q; there is %q", name, a.Name))
}

// call answers POST /v1/models/<model>:<verb>.
func (a API) call(w http.ResponseWriter, r *http.Request) {
	call := r.PathValue("call")
	colon := strings.LastIndexByte(call, ':')
	switch {
	case colon < 0:
		response.Error(w, http.StatusNotFound, fmt.Sprintf("POST needs a verb: /v1/models/%s:predict", a.Name))
	case call[:colon] != a.Name:
		a.unknown(w, call[:colon])
	case call[colon+1:] == "explain":
		response.Error(w, http.StatusNotImplemented, "explain is not supported as a verb; ask :predict with \"explain\": true in an instance")
	case call[colon+1:] != "predict":
		response.Error(w, http.StatusNotFound, fmt.Sprintf("there is no verb %q; there is predict", call[colon+1:]))
	default:
		a.predict(w, r)
	}
}

// recommended is one item of an answer.
type recommended struct {
	ItemID string  `json:"item_id"`
	Score  float32 `json:"score"`
	Reason *reason `json:"reason,omitempty"`
}

type reason struct {
	Because []string `json:"because"` // the shopper's own items, strongest first
}

type prediction struct {
	Items    []recommended  `json:"items"`
	Strategy model.Strategy `json:"strategy"`
}

type predictions struct {
	Predictions  []prediction `json:"predictions"`
	ModelName    string       `json:"model_name"`
	ModelVersion string       `json:"model_version"`
}

func (a API) predict(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	version, err := a.answer(w, r)
	status := http.StatusOK
	if err != nil {
		status = recommend.Status(err)
		response.Error(w, status, err.Error())
	}
	a.Service.Metrics.Answered("v1", status, version, time.Since(began))
}

// answer answers a predict request and returns the version that did, or says why it couldn't.
func (a API) answer(w http.ResponseWriter, r *http.Request) (version string, err error) {
	began := time.Now()
	body, err := a.Service.ReadBody(w, r, a.Name)
	if err != nil {
		return "", err
	}
	requests, err := Decode(body)
	if err != nil {
		return "", err
	}
	a.Service.Metrics.Preprocessed(time.Since(began))
	answers, err := a.Service.Recommend(r.Context(), recommend.Target{Model: a.Name}, requests, path)
	if err != nil {
		return "", err
	}
	a.write(w, requests, answers)
	return answers.Version, nil
}

// path names the i-th instance of a request.
func path(i int) string { return fmt.Sprintf("instances[%d]", i) }

// Decode reads the body of a predict request.
func Decode(body []byte) ([]model.Request, error) {
	var object struct {
		Instances json.RawMessage `json:"instances"`
	}
	if err := json.Unmarshal(body, &object); err != nil {
		return nil, &instance.Error{Field: "body", Message: `must be a JSON object such as {"instances": [{"user_id": "17850"}]}: ` + err.Error()}
	}
	var instances []json.RawMessage
	if err := json.Unmarshal(object.Instances, &instances); err != nil || len(instances) == 0 {
		return nil, &instance.Error{Field: "instances", Message: `must be a list such as [{"user_id": "17850"}], with one or more instances`}
	}
	if len(instances) > recommend.MaxInstances {
		return nil, &instance.Error{Field: "instances", Message: fmt.Sprintf("are %d; there must be at most %d", len(instances), recommend.MaxInstances)}
	}
	requests := make([]model.Request, len(instances))
	for i, value := range instances {
		var err error
		if requests[i], err = instance.Decode(path(i), value); err != nil {
			return nil, err
		}
	}
	return requests, nil
}

func (a API) write(w http.ResponseWriter, requests []model.Request, answers recommend.Answers) {
	began := time.Now()
	body := predictions{
		Predictions:  make([]prediction, len(answers.Lists)),
		ModelName:    a.Name,
		ModelVersion: answers.Version,
	}
	for i, list := range answers.Lists {
		items := make([]recommended, len(list.Items))
		for place, scored := range list.Items {
			items[place] = recommended{ItemID: scored.ID, Score: scored.Score}
			if requests[i].Explain {
				items[place].Reason = &reason{Because: append([]string{}, scored.Because...)} // [] rather than null
			}
		}
		body.Predictions[i] = prediction{Items: items, Strategy: list.Strategy}
	}
	response.JSON(w, http.StatusOK, body)
	a.Service.Metrics.Postprocessed(time.Since(began))
}
