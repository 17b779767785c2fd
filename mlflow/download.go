package mlflow

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path"
	"strings"

	"golang.org/x/sync/errgroup"
)

// DownloadVersion downloads the files of a version into destDir, which must not
// exist and appears complete or not at all: files are streamed into a folder
// beside it, synced to disk, and the folder is renamed. A connection that breaks
// off is taken up again where it broke.
//
// Where the files hold SHA256SUMS, each that it names is compared with it
// (*ChecksumError), and a download that was killed goes on where it was when it
// is called again. The server's listing is not trusted: a name that leads out of
// the folder is an error.
func (c *Client) DownloadVersion(ctx context.Context, name, number, destDir string) error {
	store, folder, err := c.versionFiles(ctx, name, number)
	if err == nil {
		err = c.download(ctx, store, folder, destDir)
	}
	if err != nil {
		return fmt.Errorf("download version %s of %q: %w", number, name, err)
	}
	return nil
}

// DownloadArtifacts downloads a folder of a run's artifacts into destDir, as
// DownloadVersion does. On MLflow 3 the folder may be the name of a logged model
// of the run.
func (c *Client) DownloadArtifacts(ctx context.Context, run Run, folder, destDir string) error {
	store, folder, err := c.runFiles(ctx, run, folder)
	if err == nil {
		err = c.download(ctx, store, folder, destDir)
	}
	if err != nil {
		return fmt.Errorf("download artifacts %q of run %s: %w", folder, run.ID, err)
	}
	return nil
}

// versionFiles gives where a version's files lie: a folder of a store.
func (c *Client) versionFiles(ctx context.Context, name, number string) (ArtifactStore, string, error) {
	var answer struct {
		URI string `json:"artifact_uri"`
	}
	err := c.repeat(ctx, func(ctx context.Context) error {
		return c.get(ctx, "model-versions/get-download-uri", url.Values{"name": {name}, "version": {number}}, &answer)
	})
	if err != nil {
		return nil, "", err
	}
	// A version that was registered by its run, not by where that stored it.
	if rest, ok := strings.CutPrefix(answer.URI, "runs:/"); ok {
		runID, folder, _ := strings.Cut(rest, "/")
		run, err := c.Run(ctx, runID)
		if err != nil {
			return nil, "", err
		}
		return c.runFiles(ctx, run, folder)
	}
	store, err := c.artifacts(answer.URI)
	return store, "", err
}

// runFiles gives where a folder of a run lies: among its artifacts, or where
// the logged model of that name does.
func (c *Client) runFiles(ctx context.Context, run Run, folder string) (ArtifactStore, string, error) {
	store, err := c.artifacts(run.ArtifactURI)
	if err != nil || folder == "" {
		return store, "", err
	}
	there, err := c.listFolder(ctx, store, folder)
	if err != nil || len(there) > 0 || len(run.Outputs) == 0 {
		return store, folder, err
	}
	model, found, err := c.findLoggedModel(ctx, run, folder)
	if err != nil || !found {
		return store, folder, err
	}
	store, err = c.artifacts(model.ArtifactURI)
	return store, "", err
}

func (c *Client) download(ctx context.Context, store ArtifactStore, folder, destDir string) error {
	files, err := c.listTree(ctx, store, folder)
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return errors.New("there are no files")
	}
	sums, err := c.checksums(ctx, store, folder, files)
	if err != nil {
		return err
	}
	staged, err := stage(destDir)
	if err != nil {
		return err
	}
	defer staged.close()
	if err := staged.keep(func(name string) bool { return sums[name] != "" }); err != nil {
		return err
	}
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(transferParallelism)
	for _, file := range files {
		name := relative(folder, file.Path)
		group.Go(func() error {
			if err := c.downloadFile(groupCtx, store, file, staged.root, name, sums[name]); err != nil {
				return fmt.Errorf("get %s: %w", name, err)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		if len(sums) == 0 { // what is there can't be told from something else later
			return errors.Join(err, staged.discard())
		}
		return err
	}
	return staged.publish()
}

func relative(folder, name string) string {
	return strings.TrimPrefix(strings.TrimPrefix(name, folder), "/")
}

// downloadFile brings one file into dir and syncs it. What is there already is
// its beginning, if its checksum is known.
func (c *Client) downloadFile(ctx context.Context, store ArtifactStore, file Artifact, dir *os.Root, name, sum string) error {
	if err := dir.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	out, err := dir.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	taken, err := out.Seek(0, io.SeekEnd)
	if err == nil {
		err = c.fetch(ctx, store, file, out)
	}
	if err == nil && sum != "" {
		err = compare(out, name, sum)
		if err != nil && taken > 0 { // what was taken up was something else
			if err = out.Truncate(0); err == nil {
				err = c.fetch(ctx, store, file, out)
			}
			if err == nil {
				err = compare(out, name, sum)
			}
		}
	}
	var wrong *ChecksumError
	if errors.As(err, &wrong) {
		err = errors.Join(err, dir.Remove(name))
	}
	return errors.Join(err, out.Close())
}

// fetch appends to out what it lacks of the file, and syncs it.
func (c *Client) fetch(ctx context.Context, store ArtifactStore, file Artifact, out *os.File) error {
	return c.repeat(ctx, func(ctx context.Context) error {
		size, err := out.Seek(0, io.SeekEnd)
		if err != nil {
			return err
		}
		if size > file.Size {
			if err := out.Truncate(0); err != nil {
				return err
			}
			size = 0
		}
		if size < file.Size || size == 0 {
			if err := c.fetchFrom(ctx, store, file, size, out); err != nil {
				return err
			}
		}
		return out.Sync()
	})
}

// fetchFrom makes one attempt to bring what follows an offset.
func (c *Client) fetchFrom(ctx context.Context, store ArtifactStore, file Artifact, offset int64, out *os.File) error {
	ctx, progress, stop := c.watchProgress(ctx)
	defer stop()
	content, from, err := store.Get(ctx, file.Path, offset)
	if err != nil {
		return stalledOr(ctx, err)
	}
	defer func() { _ = content.Close() }()
	if from != offset { // the store can't begin anywhere else
		if err := out.Truncate(from); err != nil {
			return err
		}
	}
	if _, err := out.Seek(from, io.SeekStart); err != nil {
		return err
	}
	written, err := io.Copy(out, networkReader{progress.reader(content)})
	if err != nil {
		return stalledOr(ctx, err)
	}
	if from+written != file.Size {
		err := fmt.Errorf("got %d bytes of the %d that are listed", from+written, file.Size)
		if from+written > file.Size { // no beginning of what is listed
			err = errors.Join(err, out.Truncate(0))
		}
		return &transferError{err}
	}
	return nil
}
