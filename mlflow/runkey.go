package mlflow

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"time"
)

// KeyTag is the run tag that holds the caller's key of EnsureRun.
const KeyTag = "daybreak.key"

// Tags that MLflow's pages know.
const (
	// NoteTag holds a run's description, in Markdown.
	NoteTag = "mlflow.note.content"

	parentRunTag = "mlflow.parentRunId"
)

// runRequest is what a run is made with.
type runRequest struct {
	ExperimentID, Name string
	Start              time.Time
	tags               map[string]string
}

// RunOption says more of a run that EnsureRun makes.
type RunOption func(*runRequest)

// StartedAt is when the run began, if not now.
func StartedAt(start time.Time) RunOption {
	return func(r *runRequest) { r.Start = start }
}

// ChildOf nests the run under another.
func ChildOf(parentRunID string) RunOption {
	return func(r *runRequest) { r.tags[parentRunTag] = parentRunID }
}

// WithNote gives the run a description, in Markdown.
func WithNote(note string) RunOption {
	return func(r *runRequest) { r.tags[NoteTag] = note }
}

// WithProvenance tags the run with the program that makes it.
func WithProvenance(provenance Provenance) RunOption {
	return func(r *runRequest) { maps.Copy(r.tags, provenance.Tags()) }
}

// EnsureRun returns the run of this experiment whose tag daybreak.key is key,
// whatever its status, and makes it, with name and tags, where there is none. A
// process that died between making a run and using it finds that run again.
//
// The options say more of a run that is made; one that is found stays as it is.
//
// MLflow has no compare-and-swap: callers that may use the same key at the same
// time need a lock of their own.
func (c *Client) EnsureRun(ctx context.Context, experimentID, key, name string, tags map[string]string, options ...RunOption) (Run, error) {
	request := runRequest{ExperimentID: experimentID, Name: name, Start: time.Now(), tags: maps.Clone(tags)}
	if request.tags == nil {
		request.tags = map[string]string{}
	}
	for _, option := range options {
		option(&request)
	}
	request.tags[KeyTag] = key
	var run Run
	unanswered := false // a request to make the run, which may take effect yet
	err := c.repeat(ctx, func(ctx context.Context) error {
		var found bool
		var err error
		if run, found, err = c.runByKey(ctx, experimentID, key); err != nil || found {
			return err
		}
		if run, err = c.createRun(ctx, request); err != nil {
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

func (c *Client) createRun(ctx context.Context, request runRequest) (Run, error) {
	document := struct {
		ExperimentID string `json:"experiment_id"`
		UserID       string `json:"user_id,omitempty"`
		Name         string `json:"run_name,omitempty"`
		Start        int64  `json:"start_time"`
		Tags         []tag  `json:"tags"`
	}{request.ExperimentID, request.tags[userTag], request.Name, request.Start.UnixMilli(), tagList(request.tags)}
	var answer struct {
		Run runDocument `json:"run"`
	}
	if err := c.send(ctx, http.MethodPost, "runs/create", document, &answer); err != nil {
		return Run{}, err
	}
	return answer.Run.run()
}
