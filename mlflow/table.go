package mlflow

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
)

// loggedArtifactsTag lists the tables of a run, for its page to show.
const loggedArtifactsTag = "mlflow.loggedArtifacts"

// Table is rows of values under names, shown in the run's page and compared
// across runs.
type Table struct {
	Columns []string `json:"columns"`
	Data    [][]any  `json:"data"` // rows; each value a string, a number, a bool or nil
}

// validate checks that every row has a value for each column.
func (t Table) validate() error {
	if len(t.Columns) == 0 {
		return errors.New("the table has no columns")
	}
	for i, row := range t.Data {
		if len(row) != len(t.Columns) {
			return fmt.Errorf("row %d of the table has %d values for %d columns", i, len(row), len(t.Columns))
		}
	}
	return nil
}

// encode writes the table as pandas' "split" orientation, which is what MLflow
// reads.
func (t Table) encode() ([]byte, error) {
	if err := t.validate(); err != nil {
		return nil, err
	}
	if t.Data == nil {
		t.Data = [][]any{}
	}
	return json.Marshal(t)
}

// LogTable writes a table to the run's artifacts, under a name that ends in
// .json, and lists it among those that the run's page shows. A table of that
// name is replaced: unlike with MLflow's Python client, which appends, logging
// it again changes nothing.
//
// Two processes that log tables to one run at the same time need a lock: the
// list of tables is one tag.
func (c *Client) LogTable(ctx context.Context, run Run, artifactFile string, table Table) error {
	content, err := table.encode()
	if err == nil {
		err = c.logTable(ctx, run, artifactFile, content)
	}
	if err != nil {
		return fmt.Errorf("log table %s to run %s: %w", artifactFile, run.ID, err)
	}
	return nil
}

// loggedArtifact is an entry of the tag.
type loggedArtifact struct {
	Path string `json:"path"`
	Type string `json:"type"`
}

func (c *Client) logTable(ctx context.Context, run Run, artifactFile string, content []byte) error {
	if err := validateTableName(artifactFile); err != nil {
		return err
	}
	if err := c.putContent(ctx, run, content, artifactFile); err != nil {
		return err
	}
	return c.listTable(ctx, run.ID, artifactFile)
}

func validateTableName(artifactFile string) error {
	if path.Ext(artifactFile) != ".json" {
		return fmt.Errorf("artifact path %q: the name of a table must end in .json", artifactFile)
	}
	return validateArtifactPath(artifactFile)
}

// listTable adds a table to those that the run's page shows.
func (c *Client) listTable(ctx context.Context, runID, artifactFile string) error {
	current, err := c.Run(ctx, runID)
	if err != nil {
		return err
	}
	listed := []loggedArtifact{}
	if text := current.Tags[loggedArtifactsTag]; text != "" {
		if err := json.Unmarshal([]byte(text), &listed); err != nil {
			return fmt.Errorf("tag %s: %w", loggedArtifactsTag, err)
		}
	}
	entry := loggedArtifact{artifactFile, "table"}
	if slices.Contains(listed, entry) {
		return nil
	}
	tag, err := json.Marshal(append(listed, entry))
	if err != nil {
		return err
	}
	return c.SetRunTag(ctx, runID, loggedArtifactsTag, string(tag))
}

// LogText writes a text file, such as a page or a note, to the run's artifacts,
// replacing one of that name.
func (c *Client) LogText(ctx context.Context, run Run, artifactFile, text string) error {
	if err := c.putContent(ctx, run, []byte(text), artifactFile); err != nil {
		return fmt.Errorf("log text %s to run %s: %w", artifactFile, run.ID, err)
	}
	return nil
}

// putContent puts a file that is held in memory.
func (c *Client) putContent(ctx context.Context, run Run, content []byte, artifactFile string) error {
	if err := validateArtifactPath(artifactFile); err != nil {
		return err
	}
	store, err := c.artifacts(run.ArtifactURI)
	if err != nil {
		return err
	}
	return c.put(ctx, store, artifactFile, bytes.NewReader(content), int64(len(content)))
}
