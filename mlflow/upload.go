package mlflow

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"golang.org/x/sync/errgroup"
)

// UploadFolder uploads every file of a local folder to the run's artifacts under
// artifactPath, streaming them through the server. Uploading again replaces
// files of the same name; files there that the folder lacks stay. Only regular
// files and folders may lie in it. Where it holds SHA256SUMS, what was stored is
// read back and compared (*ChecksumError).
func (c *Client) UploadFolder(ctx context.Context, run Run, localDir, artifactPath string) error {
	store, err := c.artifacts(run.ArtifactURI)
	if err == nil {
		err = c.uploadFolder(ctx, store, localDir, artifactPath)
	}
	if err != nil {
		return fmt.Errorf("upload %s to run %s: %w", localDir, run.ID, err)
	}
	return nil
}

func (c *Client) uploadFolder(ctx context.Context, store ArtifactStore, localDir, artifactPath string) error {
	if artifactPath != "" {
		if err := validateArtifactPath(artifactPath); err != nil {
			return err
		}
	}
	files, err := regularFiles(localDir)
	if err != nil {
		return err
	}
	stored := make([]string, len(files))
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(transferParallelism)
	for i, file := range files {
		stored[i] = path.Join(artifactPath, file)
		group.Go(func() error {
			return c.uploadFile(groupCtx, filepath.Join(localDir, filepath.FromSlash(file)), store, stored[i])
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return c.verifyUploaded(ctx, store, stored)
}

// regularFiles lists the files below a folder, relative to it, with slashes.
func regularFiles(dir string) ([]string, error) {
	var files []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			return nil
		case !entry.Type().IsRegular():
			return fmt.Errorf("%s is neither a file nor a folder (%s)", filepath.Join(dir, name), entry.Type())
		}
		files = append(files, name)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s holds no files", dir)
	}
	return files, nil
}

// UploadFile uploads a local file to the run's artifacts as artifactPath, which
// includes its name there, such as reports/night.html. A file there of that name
// is replaced.
func (c *Client) UploadFile(ctx context.Context, run Run, localPath, artifactPath string) error {
	err := validateArtifactPath(artifactPath)
	if err == nil {
		var store ArtifactStore
		if store, err = c.artifacts(run.ArtifactURI); err == nil {
			err = c.uploadFile(ctx, localPath, store, artifactPath)
		}
	}
	if err != nil {
		return fmt.Errorf("upload %s to run %s: %w", localPath, run.ID, err)
	}
	return nil
}

func validateArtifactPath(artifactPath string) error {
	if artifactPath == "." || !fs.ValidPath(artifactPath) {
		return fmt.Errorf("artifact path %q: want a clean relative path with slashes", artifactPath)
	}
	return nil
}

func (c *Client) uploadFile(ctx context.Context, local string, store ArtifactStore, name string) (err error) {
	content, err := openFile(local)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, content.Close()) }()
	return c.put(ctx, store, name, content, content.size)
}

// put puts one file, replacing what an attempt before it left.
func (c *Client) put(ctx context.Context, store ArtifactStore, name string, content io.ReaderAt, size int64) error {
	err := c.repeat(ctx, func(ctx context.Context) error { return store.Put(ctx, name, content, size) })
	if err != nil {
		return fmt.Errorf("put %s: %w", name, err)
	}
	return nil
}
