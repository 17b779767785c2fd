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
	asked := false // for the run to be made, to an effect that may not be known
	err := c.repeat(ctx, func(ctx context.Context) error {
		var found bool
		var err error
		if run, found, err = c.runByKey(ctx, experimentID, key); err != nil || found && !asked {
			return err
		}
		if !found {
			asked = true
			if run, err = c.createRun(ctx, request); err != nil {
				return err
			}
		}
		run, err = c.settle(ctx, run, key)
		return err
	})
	if err != nil {
		return Run{}, fmt.Errorf("run with key %q: %w", key, err)
	}
	return run, nil
}

// runByKey finds the oldest run of the experiment with this key.
func (c *Client) runByKey(ctx context.Context, experimentID, key string) (Run, bool, error) {
	runs, err := c.runsByKey(ctx, experimentID, key, 1)
	if err != nil || len(runs) == 0 {
		return Run{}, false, err
	}
	return runs[0], true, nil
}

// runsByKey finds runs of the experiment with this key, the oldest first.
func (c *Client) runsByKey(ctx context.Context, experimentID, key string, limit int) ([]Run, error) {
	quoted, err := Quote(key)
	if err != nil {
		return nil, err
	}
	page, err := c.searchRunsPage(ctx, runsRequest{
		ExperimentIDs: []string{experimentID},
		Filter:        "tags.`" + KeyTag + "` = " + quoted,
		OrderBy:       []string{"attributes.start_time ASC"},
		MaxResults:    limit,
	})
	if err != nil {
		return nil, err
	}
	runs := make([]Run, len(page.Runs))
	for i := range page.Runs {
		if runs[i], err = page.Runs[i].run(); err != nil {
			return nil, err
		}
	}
	return runs, nil
}

// settleLimit is how many runs of one key are looked for. More than two take
// several requests that were lost or doubled.
const settleLimit = 20

// settle gives the oldest run of a key once one was made, and deletes what else
// the same request made: an attempt that was lost may have taken effect late,
// and what stands in between may have sent it twice. Nothing has been logged to
// those.
func (c *Client) settle(ctx context.Context, made Run, key string) (Run, error) {
	runs, err := c.runsByKey(ctx, made.ExperimentID, key, settleLimit)
	if err != nil || len(runs) == 0 {
		return made, err
	}
	for _, other := range runs[1:] {
		if other.ID != made.ID && !other.Start.Equal(made.Start) {
			continue // it was there before, or is another caller's
		}
		request := struct {
			RunID string `json:"run_id"`
		}{other.ID}
		if err := c.send(ctx, http.MethodPost, "runs/delete", request, nil); err != nil && !IsNotFound(err) {
			return Run{}, err
		}
	}
	return runs[0], nil
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
