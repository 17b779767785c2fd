package mlflow

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strings"
)

// artifactAPIPath is where MLflow's server hands artifacts through.
const artifactAPIPath = "api/2.0/mlflow-artifacts/artifacts"

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
	root, err := c.artifactRoot(run.ArtifactURI)
	if err != nil {
		return nil, fmt.Errorf("artifacts of run %s: %w", run.ID, err)
	}
	artifacts, err := c.listFolder(ctx, root, folder)
	if err != nil {
		return nil, fmt.Errorf("artifacts of run %s: %w", run.ID, err)
	}
	return artifacts, nil
}

// artifactRoot gives the path, below the server's artifact storage, that an
// artifact URI names.
func (c *Client) artifactRoot(uri string) (string, error) {
	parsed, err := url.Parse(uri)
	if err != nil {
		return "", fmt.Errorf("artifact URI: %w", err)
	}
	if parsed.Scheme != "mlflow-artifacts" {
		return "", fmt.Errorf("the artifacts lie at %s, which the server does not hand through; run it with --serve-artifacts and without --default-artifact-root, and use an experiment made since", uri)
	}
	if parsed.Host != "" && parsed.Host != c.base.Host {
		return "", fmt.Errorf("the artifacts lie at %s, on another server than %s", uri, c.URI())
	}
	root := strings.TrimPrefix(path.Clean(parsed.Path), "/")
	if root == "" {
		return "", fmt.Errorf("artifact URI %s names no folder", uri)
	}
	return root, nil
}

// listFolder lists a folder below root. The paths of its results begin with
// the folder's.
func (c *Client) listFolder(ctx context.Context, root, folder string) ([]Artifact, error) {
	var answer struct {
		Files []struct {
			Path  string      `json:"path"`
			IsDir bool        `json:"is_dir"`
			Size  json.Number `json:"file_size"`
		} `json:"files"`
	}
	target := c.endpoint(artifactAPIPath)
	target.RawQuery = url.Values{"path": {path.Join(root, folder)}}.Encode()
	err := c.repeat(ctx, func(ctx context.Context) error {
		answer.Files = nil
		return c.exchange(ctx, http.MethodGet, target, nil, &answer)
	})
	if err != nil {
		return nil, fmt.Errorf("list %q: %w", folder, err)
	}
	artifacts := make([]Artifact, 0, len(answer.Files))
	for _, file := range answer.Files {
		if err := validateArtifactName(file.Path); err != nil {
			return nil, fmt.Errorf("list %q: %w", folder, err)
		}
		size, err := parseInt64(file.Size)
		if err != nil {
			return nil, fmt.Errorf("list %q: size of %q: %w", folder, file.Path, err)
		}
		artifacts = append(artifacts, Artifact{Path: path.Join(folder, file.Path), IsDir: file.IsDir, Size: size})
	}
	return artifacts, nil
}

// validateArtifactName refuses what is not one element of a path: a server must
// not be able to name a file outside the folder that is downloaded to.
func validateArtifactName(name string) error {
	if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\\\x00") {
		return fmt.Errorf("the server lists a file named %q, which can't lie in a folder", name)
	}
	return nil
}

// listTree lists every file in a folder below root and in the folders below it.
// The paths of its results are relative to the folder.
func (c *Client) listTree(ctx context.Context, root string) ([]Artifact, error) {
	var files []Artifact
	var walk func(folder string, depth int) error
	walk = func(folder string, depth int) error {
		if depth > maxArtifactDepth {
			return fmt.Errorf("folders are nested more than %d deep at %q", maxArtifactDepth, folder)
		}
		artifacts, err := c.listFolder(ctx, root, folder)
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
	return files, walk("", 0)
}
