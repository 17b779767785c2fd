package mlflow

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"strings"

	"golang.org/x/sync/errgroup"
)

// DownloadVersion downloads the files of a version into destDir, which must not
// exist and appears complete or not at all: files are streamed into a folder
// beside it, synced to disk, and the folder is renamed.
//
// The server's listing is not trusted: a name that leads out of the folder is an
// error. Whether the files are what was uploaded is for the caller to check
// (a model folder holds SHA256SUMS).
func (c *Client) DownloadVersion(ctx context.Context, name, number, destDir string) error {
	root, err := c.versionRoot(ctx, name, number)
	if err == nil {
		err = c.download(ctx, root, destDir)
	}
	if err != nil {
		return fmt.Errorf("download version %s of %q: %w", number, name, err)
	}
	return nil
}

// DownloadArtifacts downloads a folder of a run's artifacts into destDir, as
// DownloadVersion does.
func (c *Client) DownloadArtifacts(ctx context.Context, run Run, folder, destDir string) error {
	root, err := c.artifactRoot(run.ArtifactURI)
	if err == nil {
		err = c.download(ctx, path.Join(root, folder), destDir)
	}
	if err != nil {
		return fmt.Errorf("download artifacts %q of run %s: %w", folder, run.ID, err)
	}
	return nil
}

// versionRoot gives where, below the server's artifact storage, a version's
// files lie.
func (c *Client) versionRoot(ctx context.Context, name, number string) (string, error) {
	var answer struct {
		URI string `json:"artifact_uri"`
	}
	err := c.repeat(ctx, func(ctx context.Context) error {
		return c.get(ctx, "model-versions/get-download-uri", url.Values{"name": {name}, "version": {number}}, &answer)
	})
	if err != nil {
		return "", err
	}
	// A version that was registered by its run, not by where that stored it.
	if rest, ok := strings.CutPrefix(answer.URI, "runs:/"); ok {
		runID, folder, _ := strings.Cut(rest, "/")
		run, err := c.Run(ctx, runID)
		if err != nil {
			return "", err
		}
		root, err := c.artifactRoot(run.ArtifactURI)
		return path.Join(root, folder), err
	}
	return c.artifactRoot(answer.URI)
}

func (c *Client) download(ctx context.Context, root, destDir string) error {
	files, err := c.listTree(ctx, root)
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return errors.New("there are no files")
	}
	staged, err := stage(destDir)
	if err != nil {
		return err
	}
	defer staged.discard()
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(transferParallelism)
	for _, file := range files {
		group.Go(func() error { return c.downloadFile(groupCtx, root, file, staged.root) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return staged.publish()
}

// downloadFile streams one file into dir and syncs it.
func (c *Client) downloadFile(ctx context.Context, root string, file Artifact, dir *os.Root) error {
	if err := dir.MkdirAll(path.Dir(file.Path), 0o755); err != nil {
		return err
	}
	err := c.repeat(ctx, func(ctx context.Context) (err error) {
		ctx, progress, stop := c.watchProgress(ctx)
		defer stop()
		request, err := c.artifactRequest(ctx, http.MethodGet, root, file.Path, nil, 0)
		if err != nil {
			return err
		}
		response, err := c.roundTrip(request)
		if err != nil {
			return stalledOr(ctx, err)
		}
		defer func() { _ = response.Body.Close() }()
		out, err := dir.OpenFile(file.Path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, out.Close()) }()
		written, err := io.Copy(out, networkReader{progress.reader(response.Body)})
		if err != nil {
			return stalledOr(ctx, err)
		}
		if written != file.Size {
			return &transferError{fmt.Errorf("got %d bytes of the %d that are listed", written, file.Size)}
		}
		return out.Sync()
	})
	if err != nil {
		return fmt.Errorf("get %s: %w", file.Path, err)
	}
	return nil
}
