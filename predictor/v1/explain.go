package v1

import (
	"net/http"
	"time"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/predictor/recommend"
	"github.com/daybreak-ml/daybreak/predictor/response"
)

// explanations is the body of an explain answer.
type explanations struct {
	Explanations []explained `json:"explanations"`
	ModelName    string      `json:"model_name"`
	ModelVersion string      `json:"model_version"`
}

// explained is why one instance is answered as it is.
type explained struct {
	Items []explainedItem `json:"items"`
}

type explainedItem struct {
	ItemID  string               `json:"item_id"`
	Score   float32              `json:"score"`
	Signals model.Signals        `json:"signals"` // whose sum is the score
	Because []model.Contribution `json:"because"` // largest first
}

// explain answers an explain request and returns the version that did, or says why it couldn't.
func (a API) explain(w http.ResponseWriter, r *http.Request, name string) (version string, err error) {
	var asked call
	if err := a.read(&asked, w, r, name); err != nil {
		return "", err
	}
	answers, err := a.Service.Explain(r.Context(), recommend.Target{Model: name}, asked.requests, path)
	if err != nil {
		return "", err
	}
	began := time.Now()
	body := explanations{Explanations: make([]explained, len(answers.Lists)), ModelName: name, ModelVersion: answers.Version}
	for i, list := range answers.Lists {
		items := make([]explainedItem, len(list))
		for place, e := range list {
			because := append([]model.Contribution{}, e.Because...) // [] rather than null
			items[place] = explainedItem{ItemID: e.ID, Score: e.Score, Signals: e.Signals, Because: because}
		}
		body.Explanations[i] = explained{Items: items}
	}
	response.JSON(w, http.StatusOK, body)
	a.Service.Metrics.Model(name).Postprocessed(time.Since(began))
	return answers.Version, nil
}
