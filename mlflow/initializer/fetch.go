package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/daybreak-ml/daybreak/mlflow"
	"github.com/daybreak-ml/daybreak/model"
)

// Fetched is a version that lies, verified, in a folder.
type Fetched struct {
	Model   string `json:"model"`
	Version string `json:"version"`
	Dir     string `json:"dir"`
}

// Fetch makes sure that the version lies in dest/<version>, verified. A damaged folder that is there
// is replaced. The folder appears whole or not at all.
func Fetch(ctx context.Context, client *mlflow.Client, source Source, dest string) (Fetched, error) {
	fetched := Fetched{source.Model, source.Version, filepath.Join(dest, source.Version)}
	fail := func(err error) (Fetched, error) {
		return Fetched{}, fmt.Errorf("fetch version %s of %q: %w", source.Version, source.Model, err)
	}
	switch err := verify(fetched.Dir); {
	case err == nil:
		slog.Info("the version is there already", "dir", fetched.Dir)
		return fetched, nil
	case !errors.Is(err, fs.ErrNotExist):
		slog.Warn("what is there is not a whole model; it is fetched anew", "dir", fetched.Dir, "error", err)
		if err := os.RemoveAll(fetched.Dir); err != nil {
			return fail(err)
		}
	}
	beside := filepath.Join(dest, ".fetched-"+source.Version)
	if err := os.RemoveAll(beside); err != nil { // what an earlier attempt that was killed left
		return fail(err)
	}
	slog.Info("downloading", "model", source.Model, "version", source.Version, "server", client.URI())
	if err := client.DownloadVersion(ctx, source.Model, source.Version, beside); err != nil {
		return fail(explain(err, client, source))
	}
	if err := verify(beside); err != nil {
		return fail(errors.Join(
			fmt.Errorf("what MLflow holds is not what the trainer wrote: %w; let the InferenceService name an earlier version, or register the model again", err),
			os.RemoveAll(beside)))
	}
	if err := os.Rename(beside, fetched.Dir); err != nil {
		return fail(err)
	}
	if err := sync(dest); err != nil {
		return fail(err)
	}
	return fetched, nil
}

// explain adds what can be done about an error of MLflow that its own message leaves open.
func explain(err error, client *mlflow.Client, source Source) error {
	var api *mlflow.APIError
	switch {
	case mlflow.IsNotFound(err):
		return fmt.Errorf("%w; see %s/#/models/%s for the versions there are", err, client.URI(), source.Model)
	case errors.As(err, &api) && (api.Status == 401 || api.Status == 403):
		return fmt.Errorf("%w; give the container MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD", err)
	}
	return err
}

// verify reads the model as the predictor will, and asks it its golden requests. A folder that isn't
// there gives an error that is fs.ErrNotExist.
func verify(dir string) (err error) {
	if _, err := os.Stat(dir); err != nil {
		return err
	}
	loaded, err := model.Load(dir)
	if err != nil {
		return err
	}
	return errors.Join(model.VerifyGolden(loaded), loaded.Close())
}

// sync brings a folder's entries to disk.
func sync(dir string) error {
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
