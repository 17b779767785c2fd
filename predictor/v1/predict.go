package v1

import (
	"net/http"
	"sync"
	"time"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/predictor/recommend"
	"github.com/daybreak-ml/daybreak/predictor/response"
)

// predict answers a predict request and returns the version that did, or says why it couldn't.
func (a API) predict(w http.ResponseWriter, r *http.Request, name string) (version string, err error) {
	requests, err := a.read(w, r, name)
	if err != nil {
		return "", err
	}
	answers, err := a.Service.Recommend(r.Context(), recommend.Target{Model: name}, requests, path)
	if err != nil {
		return "", err
	}
	began := time.Now()
	memory := bodies.Get().(*[]byte)
	*memory = predictions((*memory)[:0], name, requests, answers)
	response.Send(w, http.StatusOK, "application/json", *memory)
	bodies.Put(memory)
	a.Service.Metrics.Model(name).Postprocessed(time.Since(began))
	return answers.Version, nil
}

func (a API) read(w http.ResponseWriter, r *http.Request, name string) ([]model.Request, error) {
	began := time.Now()
	body, err := a.Service.ReadBody(w, r, name)
	if err != nil {
		return nil, err
	}
	requests, err := Decode(body)
	if err == nil {
		a.Service.Metrics.Model(name).Preprocessed(time.Since(began))
	}
	return requests, err
}

// bodies keeps the memory of answers that were sent for those to come.
var bodies = sync.Pool{New: func() any { return new([]byte) }}

// predictions appends an answer's body to body:
//
//	{"predictions":[{"items":[{"item_id":…,"score":…,"reason":{"because":[…]}}],"strategy":…}],
//	 "model_name":…,"model_version":…}
func predictions(body []byte, name string, requests []model.Request, answers recommend.Answers) []byte {
	body = append(body, `{"predictions":[`...)
	for i, list := range answers.Lists {
		if i > 0 {
			body = append(body, ',')
		}
		body = append(body, `{"items":[`...)
		for place, scored := range list.Items {
			if place > 0 {
				body = append(body, ',')
			}
			body = appendScored(body, scored, requests[i].Explain)
		}
		body = append(body, `],"strategy":`...)
		body = response.AppendString(body, string(list.Strategy))
		body = append(body, '}')
	}
	return appendModel(append(body, ']'), name, answers.Version)
}

func appendScored(body []byte, scored model.Scored, explained bool) []byte {
	body = append(body, `{"item_id":`...)
	body = response.AppendString(body, scored.ID)
	body = append(body, `,"score":`...)
	body = response.AppendFloat(body, scored.Score)
	if explained {
		body = append(body, `,"reason":{"because":`...)
		body = response.AppendStrings(body, scored.Because)
		body = append(body, '}')
	}
	return append(body, '}')
}

// appendModel appends the last fields of an answer and its end.
func appendModel(body []byte, name, version string) []byte {
	body = append(body, `,"model_name":`...)
	body = response.AppendString(body, name)
	body = append(body, `,"model_version":`...)
	body = response.AppendString(body, version)
	return append(body, '}')
}
