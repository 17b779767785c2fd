package mlflow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// KeyTag is the run tag that holds the caller's key of EnsureRun.
const KeyTag = "daybreak.key"

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

// EnsureRun returns the run of this experiment whose tag daybreak.key is key,
// whatever its status, and makes it, with name and tags, where there is none. A
// process that died between making a run and using it finds that run again.
//
// MLflow has no compare-and-swap: callers that may use the same key at the same
// time need a lock of their own.
func (c *Client) EnsureRun(ctx context.Context, experimentID, key, name string, tags map[string]string) (Run, error) {
	var run Run
	unanswered := false // a request to make the run, which may take effect yet
	err := c.repeat(ctx, func(ctx context.Context) error {
		var found bool
		var err error
		if run, found, err = c.runByKey(ctx, experimentID, key); err != nil || found {
			return err
		}
		if run, err = c.createRun(ctx, experimentID, key, name, tags); err != nil {
			unanswered = true
			return err
		}
		if unanswered {
			run, err = c.settle(ctx, run, key)
		}
		return err
	})
	if err != nil {
		return Run{}, fmt.Errorf("run with key %q: %w", key, err)
	}
	return run, nil
}

// runByKey finds the oldest run of the experiment with this key.
func (c *Client) runByKey(ctx context.Context, experimentID, key string) (Run, bool, error) {
	quoted, err := Quote(key)
	if err != nil {
		return Run{}, false, err
	}
	page, err := c.searchRunsPage(ctx, runsRequest{
		ExperimentIDs: []string{experimentID},
		Filter:        "tags.`" + KeyTag + "` = " + quoted,
		OrderBy:       []string{"attributes.start_time ASC"},
		MaxResults:    1,
	})
	if err != nil || len(page.Runs) == 0 {
		return Run{}, false, err
	}
	run, err := page.Runs[0].run()
	return run, err == nil, err
}

// settle gives the run of a key when an earlier request may have made one since
// it was looked for: the oldest. If that isn't the one just made, the one just
// made, to which nothing has been logged, is deleted.
func (c *Client) settle(ctx context.Context, made Run, key string) (Run, error) {
	oldest, found, err := c.runByKey(ctx, made.ExperimentID, key)
	if err != nil || !found || oldest.ID == made.ID {
		return made, err
	}
	request := struct {
		RunID string `json:"run_id"`
	}{made.ID}
	return oldest, c.send(ctx, http.MethodPost, "runs/delete", request, nil)
}

func (c *Client) createRun(ctx context.Context, experimentID, key, name string, tags map[string]string) (Run, error) {
	keyed := maps.Clone(tags)
	if keyed == nil {
		keyed = make(map[string]string, 1)
	}
	keyed[KeyTag] = key
	request := struct {
		ExperimentID string `json:"experiment_id"`
		Name         string `json:"run_name,omitempty"`
		Start        int64  `json:"start_time"`
		Tags         []tag  `json:"tags"`
	}{experimentID, name, time.Now().UnixMilli(), tagList(keyed)}
	var answer struct {
		Run runDocument `json:"run"`
	}
	if err := c.send(ctx, http.MethodPost, "runs/create", request, &answer); err != nil {
		return Run{}, err
	}
	return answer.Run.run()
}

// Run returns a run by its id.
func (c *Client) Run(ctx context.Context, runID string) (Run, error) {
	var run Run
	err := c.repeat(ctx, func(ctx context.Context) error {
		var answer struct {
			Run runDocument `json:"run"`
		}
		err := c.get(ctx, "runs/get", url.Values{"run_id": {runID}}, &answer)
		if err != nil {
			return err
		}
		run, err = answer.Run.run()
		return err
	})
	if err != nil {
		return Run{}, fmt.Errorf("get run %s: %w", runID, err)
	}
	return run, nil
}

// FinishRun ends a run with this status, now. A run that has ended already gets
// the new status and end.
func (c *Client) FinishRun(ctx context.Context, runID string, status RunStatus) error {
	request := struct {
		RunID  string    `json:"run_id"`
		Status RunStatus `json:"status"`
		End    int64     `json:"end_time"`
	}{runID, status, time.Now().UnixMilli()}
	err := c.repeat(ctx, func(ctx context.Context) error {
		return c.send(ctx, http.MethodPost, "runs/update", request, nil)
	})
	if err != nil {
		return fmt.Errorf("finish run %s as %s: %w", runID, status, err)
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
