package mlflow

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
)

// experimentKind makes MLflow's pages show an experiment as model training;
// without it MLflow 3 guesses from its runs.
const (
	experimentKindKey = "mlflow.experimentKind"
	experimentKind    = "custom_model_development"
)

// EnsureExperiment returns the id of the experiment with this name and makes
// the experiment where there is none.
func (c *Client) EnsureExperiment(ctx context.Context, name string) (id string, err error) {
	err = c.repeat(ctx, func(ctx context.Context) error {
		id, err = c.experimentID(ctx, name)
		if !IsNotFound(err) {
			return err
		}
		id, err = c.createExperiment(ctx, name)
		if IsAlreadyExists(err) { // made by another between the two requests
			id, err = c.experimentID(ctx, name)
		}
		return err
	})
	if err != nil {
		return "", fmt.Errorf("experiment %q: %w", name, err)
	}
	return id, nil
}

func (c *Client) experimentID(ctx context.Context, name string) (string, error) {
	var answer struct {
		Experiment struct {
			ID             string `json:"experiment_id"`
			LifecycleStage string `json:"lifecycle_stage"`
		} `json:"experiment"`
	}
	if err := c.get(ctx, "experiments/get-by-name", url.Values{"experiment_name": {name}}, &answer); err != nil {
		return "", err
	}
	if answer.Experiment.LifecycleStage == "deleted" {
		return "", fmt.Errorf("it is deleted; restore it (mlflow experiments restore --experiment-id %s) or use another name", answer.Experiment.ID)
	}
	return answer.Experiment.ID, nil
}

func (c *Client) createExperiment(ctx context.Context, name string) (string, error) {
	request := struct {
		Name string `json:"name"`
		Tags []tag  `json:"tags"`
	}{name, []tag{{experimentKindKey, experimentKind}}}
	var answer struct {
		ID string `json:"experiment_id"`
	}
	err := c.send(ctx, http.MethodPost, "experiments/create", request, &answer)
	return answer.ID, err
}
