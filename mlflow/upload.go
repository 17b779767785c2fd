package mlflow

import (
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path"
	"path/filepath"

	"golang.org/x/sync/errgroup"
)

// UploadFolder uploads every file of a local folder to the run's artifacts under
// artifactPath, streaming them through the server. Uploading again replaces
// files of the same name; files there that the folder lacks stay. Only regular
// files and folders may lie in it.
func (c *Client) UploadFolder(ctx context.Context, run Run, localDir, artifactPath string) error {
	if err := c.uploadFolder(ctx, run, localDir, artifactPath); err != nil {
		return fmt.Errorf("upload %s to run %s: %w", localDir, run.ID, err)
	}
	return nil
}

func (c *Client) uploadFolder(ctx context.Context, run Run, localDir, artifactPath string) error {
	root, err := c.artifactRoot(run.ArtifactURI)
	if err != nil {
		return err
	}
	if artifactPath != "" && !fs.ValidPath(artifactPath) {
		return fmt.Errorf("artifact path %q: want a clean relative path with slashes", artifactPath)
	}
	files, err := regularFiles(localDir)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(transferParallelism)
	for _, file := range files {
		group.Go(func() error {
			return c.uploadFile(ctx, filepath.Join(localDir, filepath.FromSlash(file)), root, path.Join(artifactPath, file))
		})
	}
	return group.Wait()
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

// uploadFile puts one file. A PUT replaces what an attempt before it left.
func (c *Client) uploadFile(ctx context.Context, local, root, name string) error {
	err := c.repeat(ctx, func(ctx context.Context) error {
		file, err := os.Open(local)
		if err != nil {
			return err
		}
		defer func() { _ = file.Close() }()
		info, err := file.Stat()
		if err != nil {
			return err
		}
		ctx, progress, stop := c.watchProgress(ctx)
		defer stop()
		request, err := c.artifactRequest(ctx, http.MethodPut, root, name, progress.reader(file), info.Size())
		if err != nil {
			return err
		}
		response, err := c.roundTrip(request)
		if err != nil {
			return stalledOr(ctx, err)
		}
		return response.Body.Close()
	})
	if err != nil {
		return fmt.Errorf("put %s: %w", name, err)
	}
	return nil
}
