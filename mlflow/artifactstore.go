package mlflow

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"path"
	"strings"
)

// ArtifactStore is where the files below one artifact URI lie. Names are
// relative to it, with slashes. It is safe for concurrent use.
//
// An error that may pass, after which the client is to try again, is wrapped by
// Temporary.
type ArtifactStore interface {
	// List lists a folder, not what lies in folders below it; "" is the root. A
	// folder that does not exist is empty. The results' paths begin with folder.
	List(ctx context.Context, folder string) ([]Artifact, error)
	// Put writes a file of this size, replacing one of that name.
	Put(ctx context.Context, name string, content io.ReaderAt, size int64) error
	// Get reads a file from an offset on. A store that can't begin there begins
	// at 0, and says so.
	Get(ctx context.Context, name string, offset int64) (content io.ReadCloser, from int64, err error)
}

// OpenArtifactStore opens the store of an artifact URI such as
// s3://bucket/1/c0ffee/artifacts.
type OpenArtifactStore func(uri *url.URL) (ArtifactStore, error)

// WithArtifactStore reads and writes artifacts whose URIs have this scheme, such
// as s3, at their store rather than through the server, which does not hand
// them through.
func WithArtifactStore(scheme string, open OpenArtifactStore) Option {
	return func(c *Client) error {
		c.stores[scheme] = open
		return nil
	}
}

// Temporary marks the error of an ArtifactStore that may pass.
func Temporary(err error) error {
	if err == nil {
		return nil
	}
	return &transferError{err}
}

// artifacts gives the store of an artifact URI.
func (c *Client) artifacts(uri string) (ArtifactStore, error) {
	parsed, err := url.Parse(uri)
	if err != nil {
		return nil, fmt.Errorf("artifact URI: %w", err)
	}
	if open, ok := c.stores[parsed.Scheme]; ok {
		store, err := open(parsed)
		if err != nil {
			return nil, fmt.Errorf("artifacts at %s: %w", uri, err)
		}
		return store, nil
	}
	if parsed.Scheme != "mlflow-artifacts" {
		return nil, fmt.Errorf("the artifacts lie at %s, which the server does not hand through; run it with --serve-artifacts and without --default-artifact-root, and use an experiment made since", uri)
	}
	if parsed.Host != "" && parsed.Host != c.base.Host {
		return nil, fmt.Errorf("the artifacts lie at %s, on another server than %s", uri, c.URI())
	}
	root := strings.TrimPrefix(path.Clean(parsed.Path), "/")
	if root == "" {
		return nil, fmt.Errorf("artifact URI %s names no folder", uri)
	}
	return &proxyStore{c, root}, nil
}
