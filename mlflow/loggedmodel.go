package mlflow

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// LoggedModelStatus is the state of a logged model.
type LoggedModelStatus string

// The states a logged model can have.
const (
	LoggedModelPending LoggedModelStatus = "LOGGED_MODEL_PENDING"
	LoggedModelReady   LoggedModelStatus = "LOGGED_MODEL_READY"
	LoggedModelFailed  LoggedModelStatus = "LOGGED_MODEL_UPLOAD_FAILED"
)

// LoggedModel is a model that a run made, with files, params and metrics of its
// own. MLflow has them from 3.0 on.
type LoggedModel struct {
	ID           string
	Name         string
	ExperimentID string
	Type         string // free text, such as "recommender"
	Status       LoggedModelStatus
	SourceRunID  string
	ArtifactURI  string // root of the model's files
	Created      time.Time
	Params       map[string]string
	Tags         map[string]string
	Metrics      []Metric // linked to the model; the latest of each key and dataset
}

// LoggedModelSpec is what a logged model is made with.
type LoggedModelSpec struct {
	Name   string            `json:"name"` // without / : . % " '
	Type   string            `json:"type,omitempty"`
	Params map[string]string `json:"params,omitempty"`
	Tags   map[string]string `json:"tags,omitempty"`
}

type loggedModelDocument struct {
	Info struct {
		ID           string            `json:"model_id"`
		Name         string            `json:"name"`
		ExperimentID string            `json:"experiment_id"`
		Type         string            `json:"model_type"`
		Status       LoggedModelStatus `json:"status"`
		SourceRunID  string            `json:"source_run_id"`
		ArtifactURI  string            `json:"artifact_uri"`
		Created      json.Number       `json:"creation_timestamp_ms"`
		Tags         []tag             `json:"tags"`
	} `json:"info"`
	Data struct {
		Params  []tag            `json:"params"`
		Metrics []metricDocument `json:"metrics"`
	} `json:"data"`
}

func (d *loggedModelDocument) model() (LoggedModel, error) {
	if d.Info.ID == "" {
		return LoggedModel{}, fmt.Errorf("the server's answer holds a logged model without an id")
	}
	created, err := parseMillis(d.Info.Created)
	if err != nil {
		return LoggedModel{}, fmt.Errorf("logged model %s: creation_timestamp_ms: %w", d.Info.ID, err)
	}
	var metrics []Metric
	for _, document := range d.Data.Metrics {
		metric, err := document.metric()
		if err != nil {
			return LoggedModel{}, fmt.Errorf("logged model %s: %w", d.Info.ID, err)
		}
		metrics = append(metrics, metric)
	}
	return LoggedModel{
		ID:           d.Info.ID,
		Name:         d.Info.Name,
		ExperimentID: d.Info.ExperimentID,
		Type:         d.Info.Type,
		Status:       d.Info.Status,
		SourceRunID:  d.Info.SourceRunID,
		ArtifactURI:  d.Info.ArtifactURI,
		Created:      created,
		Params:       tagMap(d.Data.Params),
		Tags:         tagMap(d.Info.Tags),
		Metrics:      metrics,
	}, nil
}

// EnsureLoggedModel returns the model of this name that the run made, and makes
// it, pending, as an output of the run, where there is none. Link metrics to it
// by Metric.ModelID, upload its files by UploadModel, and end with
// FinishLoggedModel.
//
// On an MLflow before 3.0 the error is an *UnsupportedError.
func (c *Client) EnsureLoggedModel(ctx context.Context, run Run, spec LoggedModelSpec) (LoggedModel, error) {
	var model LoggedModel
	asked := false // for the model to be made, to an effect that may not be known
	err := c.repeat(ctx, func(ctx context.Context) error {
		var found bool
		var err error
		if model, found, err = c.loggedModelOfRun(ctx, run, spec.Name); err != nil || found && !asked {
			return err
		}
		if !found {
			asked = true
			if model, err = c.createLoggedModel(ctx, run, spec); err != nil {
				return err
			}
		}
		model, err = c.settleLoggedModel(ctx, run, model)
		return err
	})
	if err == nil {
		err = c.linkOutput(ctx, run.ID, model.ID)
	}
	if err != nil {
		return LoggedModel{}, fmt.Errorf("logged model %q of run %s: %w", spec.Name, run.ID, unsupported("logged models", err))
	}
	return model, nil
}

// loggedModelOfRun finds the oldest model of this name that the run made.
func (c *Client) loggedModelOfRun(ctx context.Context, run Run, name string) (LoggedModel, bool, error) {
	models, err := c.loggedModelsOfRun(ctx, run, name, 1)
	if err != nil || len(models) == 0 {
		return LoggedModel{}, false, err
	}
	return models[0], true, nil
}

// loggedModelsOfRun finds models of this name that the run made, the oldest
// first.
func (c *Client) loggedModelsOfRun(ctx context.Context, run Run, name string, limit int) ([]LoggedModel, error) {
	quotedName, err := Quote(name)
	if err != nil {
		return nil, err
	}
	quotedRun, err := Quote(run.ID)
	if err != nil {
		return nil, err
	}
	page, err := c.searchLoggedModelsPage(ctx, loggedModelsRequest{
		ExperimentIDs: []string{run.ExperimentID},
		Filter:        "name = " + quotedName + " AND source_run_id = " + quotedRun,
		OrderBy:       []loggedModelOrder{{"creation_timestamp", true}},
		MaxResults:    limit,
	})
	if err != nil {
		return nil, err
	}
	models := make([]LoggedModel, len(page.Models))
	for i := range page.Models {
		if models[i], err = page.Models[i].model(); err != nil {
			return nil, err
		}
	}
	return models, nil
}

// findLoggedModel is loggedModelOfRun, repeated where that helps.
func (c *Client) findLoggedModel(ctx context.Context, run Run, name string) (model LoggedModel, found bool, err error) {
	err = c.repeat(ctx, func(ctx context.Context) error {
		var err error
		model, found, err = c.loggedModelOfRun(ctx, run, name)
		return err
	})
	return model, found, unsupported("logged models", err)
}

func (c *Client) createLoggedModel(ctx context.Context, run Run, spec LoggedModelSpec) (LoggedModel, error) {
	request := struct {
		ExperimentID string `json:"experiment_id"`
		Name         string `json:"name"`
		Type         string `json:"model_type,omitempty"`
		SourceRunID  string `json:"source_run_id"`
		Params       []tag  `json:"params,omitempty"`
		Tags         []tag  `json:"tags,omitempty"`
	}{run.ExperimentID, spec.Name, spec.Type, run.ID, tagList(spec.Params), tagList(spec.Tags)}
	return c.loggedModelAnswer(func(out any) error {
		return c.send(ctx, http.MethodPost, "logged-models", request, out)
	})
}

// settleLoggedModel does for logged models what settle does for runs.
func (c *Client) settleLoggedModel(ctx context.Context, run Run, made LoggedModel) (LoggedModel, error) {
	models, err := c.loggedModelsOfRun(ctx, run, made.Name, settleLimit)
	if err != nil || len(models) == 0 {
		return made, err
	}
	for _, other := range models[1:] {
		if err := c.send(ctx, http.MethodDelete, "logged-models/"+url.PathEscape(other.ID), struct{}{}, nil); err != nil && !IsNotFound(err) {
			return LoggedModel{}, err
		}
	}
	return models[0], nil
}

// linkOutput makes a model an output of a run. The server refuses to do so
// twice, so that what is linked is looked at first.
func (c *Client) linkOutput(ctx context.Context, runID, modelID string) error {
	type output struct {
		ID   string `json:"model_id"`
		Step int    `json:"step"`
	}
	request := struct {
		RunID  string   `json:"run_id"`
		Models []output `json:"models"`
	}{runID, []output{{ID: modelID}}}
	return c.repeat(ctx, func(ctx context.Context) error {
		run, err := c.runOnce(ctx, runID)
		if err != nil || slices.Contains(run.Outputs, modelID) {
			return err
		}
		refused := c.send(ctx, http.MethodPost, "runs/outputs", request, nil)
		if refused == nil || transient(refused) {
			return refused
		}
		// Something may have sent the request twice, the second time of which is refused.
		if run, err = c.runOnce(ctx, runID); err == nil && !slices.Contains(run.Outputs, modelID) {
			err = refused
		}
		return err
	})
}

// loggedModelAnswer runs a request whose answer is one logged model.
func (c *Client) loggedModelAnswer(request func(out any) error) (LoggedModel, error) {
	var answer struct {
		Model loggedModelDocument `json:"model"`
	}
	if err := request(&answer); err != nil {
		return LoggedModel{}, err
	}
	return answer.Model.model()
}

// LoggedModel returns a logged model by its id.
func (c *Client) LoggedModel(ctx context.Context, modelID string) (LoggedModel, error) {
	var model LoggedModel
	err := c.repeat(ctx, func(ctx context.Context) error {
		var err error
		model, err = c.loggedModelAnswer(func(out any) error {
			return c.get(ctx, "logged-models/"+url.PathEscape(modelID), nil, out)
		})
		return err
	})
	if err != nil {
		return LoggedModel{}, fmt.Errorf("logged model %s: %w", modelID, unsupported("logged models", err))
	}
	return model, nil
}

// FinishLoggedModel ends a logged model as LoggedModelReady or
// LoggedModelFailed.
func (c *Client) FinishLoggedModel(ctx context.Context, modelID string, status LoggedModelStatus) error {
	request := struct {
		ModelID string            `json:"model_id"`
		Status  LoggedModelStatus `json:"status"`
	}{modelID, status}
	err := c.repeat(ctx, func(ctx context.Context) error {
		return c.send(ctx, http.MethodPatch, "logged-models/"+url.PathEscape(modelID), request, nil)
	})
	if err != nil {
		return fmt.Errorf("finish logged model %s as %s: %w", modelID, status, unsupported("logged models", err))
	}
	return nil
}

// SetLoggedModelTags sets tags of a logged model, replacing earlier values;
// other tags stay.
func (c *Client) SetLoggedModelTags(ctx context.Context, modelID string, tags map[string]string) error {
	request := struct {
		ModelID string `json:"model_id"`
		Tags    []tag  `json:"tags"`
	}{modelID, tagList(tags)}
	err := c.repeat(ctx, func(ctx context.Context) error {
		return c.send(ctx, http.MethodPatch, "logged-models/"+url.PathEscape(modelID)+"/tags", request, nil)
	})
	if err != nil {
		return fmt.Errorf("set tags of logged model %s: %w", modelID, unsupported("logged models", err))
	}
	return nil
}

// LoggedModelQuery says which logged models to find.
type LoggedModelQuery struct {
	ExperimentIDs []string
	Filter        string // in MLflow's filter language, e.g. "metrics.ndcg_at_20 > 0.3"; empty finds all
	Limit         int    // 0 finds all
}

type loggedModelOrder struct {
	Field     string `json:"field_name"`
	Ascending bool   `json:"ascending"`
}

type loggedModelsRequest struct {
	ExperimentIDs []string           `json:"experiment_ids"`
	Filter        string             `json:"filter,omitempty"`
	OrderBy       []loggedModelOrder `json:"order_by,omitempty"`
	MaxResults    int                `json:"max_results"`
	PageToken     string             `json:"page_token,omitempty"`
}

type loggedModelsPage struct {
	Models        []loggedModelDocument `json:"models"`
	NextPageToken string                `json:"next_page_token"`
}

func (c *Client) searchLoggedModelsPage(ctx context.Context, request loggedModelsRequest) (loggedModelsPage, error) {
	var page loggedModelsPage
	err := c.send(ctx, http.MethodPost, "logged-models/search", request, &page)
	return page, err
}

// loggedModelPageSize is how many results one request of a search asks for.
const loggedModelPageSize = 100

// SearchLoggedModels finds the logged models of a query, the newest first, page
// by page.
func (c *Client) SearchLoggedModels(ctx context.Context, query LoggedModelQuery) ([]LoggedModel, error) {
	request := loggedModelsRequest{
		ExperimentIDs: query.ExperimentIDs, Filter: query.Filter,
		OrderBy: []loggedModelOrder{{"creation_timestamp", false}},
	}
	var models []LoggedModel
	err := pages(query.Limit, loggedModelPageSize, func(token string, size int) (int, string, error) {
		request.PageToken, request.MaxResults = token, size
		var page loggedModelsPage
		err := c.repeat(ctx, func(ctx context.Context) error {
			var err error
			page, err = c.searchLoggedModelsPage(ctx, request)
			return err
		})
		if err != nil {
			return 0, "", err
		}
		for i := range page.Models {
			model, err := page.Models[i].model()
			if err != nil {
				return 0, "", err
			}
			models = append(models, model)
		}
		return len(page.Models), page.NextPageToken, nil
	})
	if err != nil {
		return nil, fmt.Errorf("search logged models: %w", unsupported("logged models", err))
	}
	return models, nil
}

// UploadModel uploads every file of a local folder as the logged model's files,
// as UploadFolder does for a run.
func (c *Client) UploadModel(ctx context.Context, model LoggedModel, localDir string) error {
	store, err := c.artifacts(model.ArtifactURI)
	if err == nil {
		err = c.uploadFolder(ctx, store, localDir, "")
	}
	if err != nil {
		return fmt.Errorf("upload %s to logged model %s: %w", localDir, model.ID, err)
	}
	return nil
}
