package mlflow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// RunStatus is the state of a run.
type RunStatus string

// The states a run can have.
const (
	RunScheduled RunStatus = "SCHEDULED"
	RunRunning   RunStatus = "RUNNING"
	RunFinished  RunStatus = "FINISHED"
	RunFailed    RunStatus = "FAILED"
	RunKilled    RunStatus = "KILLED"
)

// Run is one execution of training with what was logged to it.
type Run struct {
	ID           string
	Name         string
	ExperimentID string
	Status       RunStatus
	Start        time.Time // millisecond precision, UTC
	End          time.Time // zero while the run has not ended
	ArtifactURI  string    // root of the run's artifacts
	Params       map[string]string
	Metrics      map[string]float64 // the latest value of each
	Tags         map[string]string
	Inputs       []DatasetInput // SearchRuns leaves them out on MLflow 2
	Outputs      []string       // ids of the logged models it made
}

type runDocument struct {
	Info struct {
		ID           string      `json:"run_id"`
		Name         string      `json:"run_name"`
		ExperimentID string      `json:"experiment_id"`
		Status       RunStatus   `json:"status"`
		Start        json.Number `json:"start_time"`
		End          json.Number `json:"end_time"`
		ArtifactURI  string      `json:"artifact_uri"`
	} `json:"info"`
	Data struct {
		Params  []tag            `json:"params"`
		Metrics []metricDocument `json:"metrics"`
		Tags    []tag            `json:"tags"`
	} `json:"data"`
	Inputs struct {
		Datasets []inputDocument `json:"dataset_inputs"`
	} `json:"inputs"`
	Outputs struct {
		Models []struct {
			ID string `json:"model_id"`
		} `json:"model_outputs"`
	} `json:"outputs"`
}

func (d *runDocument) run() (Run, error) {
	start, err := parseMillis(d.Info.Start)
	if err != nil {
		return Run{}, fmt.Errorf("run %s: start_time: %w", d.Info.ID, err)
	}
	end, err := parseMillis(d.Info.End)
	if err != nil {
		return Run{}, fmt.Errorf("run %s: end_time: %w", d.Info.ID, err)
	}
	if d.Info.ID == "" {
		return Run{}, errors.New("the server's answer holds a run without an id")
	}
	metrics := make(map[string]float64, len(d.Data.Metrics))
	for _, metric := range d.Data.Metrics {
		metrics[metric.Key] = float64(metric.Value)
	}
	var outputs []string
	for _, model := range d.Outputs.Models {
		outputs = append(outputs, model.ID)
	}
	return Run{
		ID:           d.Info.ID,
		Name:         d.Info.Name,
		ExperimentID: d.Info.ExperimentID,
		Status:       d.Info.Status,
		Start:        start,
		End:          end,
		ArtifactURI:  d.Info.ArtifactURI,
		Params:       tagMap(d.Data.Params),
		Metrics:      metrics,
		Tags:         tagMap(d.Data.Tags),
		Inputs:       datasetInputs(d.Inputs.Datasets),
		Outputs:      outputs,
	}, nil
}

// parseMillis reads a time in milliseconds since 1970, which the server writes
// as a number or as a string; none or 0 is the zero time.
func parseMillis(number json.Number) (time.Time, error) {
	if number == "" || number == "0" {
		return time.Time{}, nil
	}
	millis, err := strconv.ParseInt(string(number), 10, 64)
	if err != nil {
		return time.Time{}, err
	}
	return time.UnixMilli(millis).UTC(), nil
}

// Run returns a run by its id.
func (c *Client) Run(ctx context.Context, runID string) (Run, error) {
	var run Run
	err := c.repeat(ctx, func(ctx context.Context) error {
		var err error
		run, err = c.runOnce(ctx, runID)
		return err
	})
	if err != nil {
		return Run{}, fmt.Errorf("get run %s: %w", runID, err)
	}
	return run, nil
}

// runOnce asks for a run once.
func (c *Client) runOnce(ctx context.Context, runID string) (Run, error) {
	var answer struct {
		Run runDocument `json:"run"`
	}
	if err := c.get(ctx, "runs/get", url.Values{"run_id": {runID}}, &answer); err != nil {
		return Run{}, err
	}
	return answer.Run.run()
}

// FinishRun ends a run with this status, now. A run that has ended already gets
// the new status and end.
func (c *Client) FinishRun(ctx context.Context, runID string, status RunStatus) error {
	return c.finishRun(ctx, runID, status, time.Now())
}

func (c *Client) finishRun(ctx context.Context, runID string, status RunStatus, end time.Time) error {
	request := struct {
		RunID  string    `json:"run_id"`
		Status RunStatus `json:"status"`
		End    int64     `json:"end_time"`
	}{runID, status, end.UnixMilli()}
	err := c.repeat(ctx, func(ctx context.Context) error {
		return c.send(ctx, http.MethodPost, "runs/update", request, nil)
	})
	if err != nil {
		return fmt.Errorf("finish run %s as %s: %w", runID, status, err)
	}
	return nil
}

// ResumeRun makes a run that has ended run again, as a process does that goes on
// with it. A run that is running stays as it is.
func (c *Client) ResumeRun(ctx context.Context, runID string) error {
	request := struct {
		RunID  string    `json:"run_id"`
		Status RunStatus `json:"status"`
	}{runID, RunRunning}
	err := c.repeat(ctx, func(ctx context.Context) error {
		return c.send(ctx, http.MethodPost, "runs/update", request, nil)
	})
	if err != nil {
		return fmt.Errorf("resume run %s: %w", runID, err)
	}
	return nil
}

// SetRunTag sets one tag of a run, replacing an earlier value.
func (c *Client) SetRunTag(ctx context.Context, runID, key, value string) error {
	return c.LogRecord(ctx, runID, Record{Tags: map[string]string{key: value}})
}

// SetRunTags sets tags of a run, replacing earlier values; other tags stay.
func (c *Client) SetRunTags(ctx context.Context, runID string, tags map[string]string) error {
	return c.LogRecord(ctx, runID, Record{Tags: tags})
}

// RunQuery says which runs to find.
type RunQuery struct {
	ExperimentIDs []string
	Filter        string   // in MLflow's filter language, e.g. "metrics.ndcg > 0.3"; empty finds all
	OrderBy       []string // e.g. "attributes.start_time DESC"
	Limit         int      // 0 finds all
}

type runsRequest struct {
	ExperimentIDs []string `json:"experiment_ids"`
	Filter        string   `json:"filter,omitempty"`
	OrderBy       []string `json:"order_by,omitempty"`
	MaxResults    int      `json:"max_results"`
	PageToken     string   `json:"page_token,omitempty"`
}

type runsPage struct {
	Runs          []runDocument `json:"runs"`
	NextPageToken string        `json:"next_page_token"`
}

func (c *Client) searchRunsPage(ctx context.Context, request runsRequest) (runsPage, error) {
	var page runsPage
	err := c.send(ctx, http.MethodPost, "runs/search", request, &page)
	return page, err
}

// SearchRuns finds the runs of a query, deleted ones left out, page by page.
func (c *Client) SearchRuns(ctx context.Context, query RunQuery) ([]Run, error) {
	request := runsRequest{ExperimentIDs: query.ExperimentIDs, Filter: query.Filter, OrderBy: query.OrderBy}
	var runs []Run
	err := pages(query.Limit, searchPageSize, func(token string, size int) (int, string, error) {
		request.PageToken, request.MaxResults = token, size
		var page runsPage
		err := c.repeat(ctx, func(ctx context.Context) error {
			var err error
			page, err = c.searchRunsPage(ctx, request)
			return err
		})
		if err != nil {
			return 0, "", err
		}
		for i := range page.Runs {
			run, err := page.Runs[i].run()
			if err != nil {
				return 0, "", err
			}
			runs = append(runs, run)
		}
		return len(page.Runs), page.NextPageToken, nil
	})
	if err != nil {
		return nil, fmt.Errorf("search runs: %w", err)
	}
	return runs, nil
}
