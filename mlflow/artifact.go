package mlflow

import (
	"context"
	"fmt"
)

// How deep folders of artifacts are followed and how many files they may hold,
// so that a listing that never ends is an error.
const (
	maxArtifactDepth = 32
	maxArtifactFiles = 100_000
)

// Artifact is a file or a folder of a run.
type Artifact struct {
	Path  string // relative to the run's root, with slashes
	IsDir bool
	Size  int64 // in bytes; 0 for a folder
}

// ListArtifacts lists a folder of a run's artifacts, not what lies in folders
// below it; an empty path is the root. A folder that does not exist is empty.
func (c *Client) ListArtifacts(ctx context.Context, run Run, folder string) ([]Artifact, error) {
	store, err := c.artifacts(run.ArtifactURI)
	if err != nil {
		return nil, fmt.Errorf("artifacts of run %s: %w", run.ID, err)
	}
	artifacts, err := c.listFolder(ctx, store, folder)
	if err != nil {
		return nil, fmt.Errorf("artifacts of run %s: %w", run.ID, err)
	}
	return artifacts, nil
}

// listFolder lists a folder of a store, repeated where that helps.
func (c *Client) listFolder(ctx context.Context, store ArtifactStore, folder string) (artifacts []Artifact, err error) {
	err = c.repeat(ctx, func(ctx context.Context) error {
		var err error
		artifacts, err = store.List(ctx, folder)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list %q: %w", folder, err)
	}
	return artifacts, nil
}

// listTree lists every file in a folder of a store and in the folders below it.
// The paths of its results begin with the folder's.
func (c *Client) listTree(ctx context.Context, store ArtifactStore, folder string) ([]Artifact, error) {
	var files []Artifact
	var walk func(folder string, depth int) error
	walk = func(folder string, depth int) error {
		if depth > maxArtifactDepth {
			return fmt.Errorf("folders are nested more than %d deep at %q", maxArtifactDepth, folder)
		}
		artifacts, err := c.listFolder(ctx, store, folder)
		if err != nil {
			return err
		}
		for _, artifact := range artifacts {
			if !artifact.IsDir {
				files = append(files, artifact)
			} else if err := walk(artifact.Path, depth+1); err != nil {
				return err
			}
			if len(files) > maxArtifactFiles {
				return fmt.Errorf("there are more than %d files", maxArtifactFiles)
			}
		}
		return nil
	}
	return files, walk(folder, 0)
}
