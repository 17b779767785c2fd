package v2

import (
	"log/slog"
	"net/http"

	"github.com/daybreak-ml/daybreak/predictor/instance"
	"github.com/daybreak-ml/daybreak/predictor/recommend"
	"github.com/daybreak-ml/daybreak/predictor/response"
)

// index lists the models and their state; with {"ready": true} only those that are ready.
func (a API) index(w http.ResponseWriter, r *http.Request) {
	onlyReady, err := decodeIndex(w, r)
	if err != nil {
		recommend.Fail(w, err)
		return
	}
	response.JSON(w, http.StatusOK, a.Service.Index(onlyReady))
}

// decodeIndex reads the body of an index request, which may be empty.
func decodeIndex(w http.ResponseWriter, r *http.Request) (onlyReady bool, err error) {
	body, err := recommend.ReadAll(nil, w, r)
	if err != nil || len(body) == 0 {
		return false, err
	}
	err = instance.Document(body, `a JSON object such as {"ready": true}, or empty`, func(reader *instance.Reader, name string) error {
		if name == "ready" {
			return reader.Bool(&onlyReady)
		}
		return reader.Skip()
	})
	return onlyReady, err
}

// load puts into service what the model's folder now holds and answers when that serves, or says why
// it was refused.
func (a API) load(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("model")
	err := a.Service.Load(name)
	if err != nil {
		slog.Error("a model was refused", "model_name", name, "error", err) // whoever asked may not be who operates the server
		recommend.Fail(w, err)
		return
	}
	response.JSON(w, http.StatusOK, map[string]any{"name": name, "load": true})
}

// unload takes the model out of service until it is loaded again.
func (a API) unload(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("model")
	if err := a.Service.Models.Unload(name); err != nil {
		recommend.Fail(w, err)
		return
	}
	slog.Info("a model was unloaded", "model_name", name)
	response.JSON(w, http.StatusOK, map[string]any{"name": name, "unload": true})
}
