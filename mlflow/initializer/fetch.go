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

// Fetched is a model that lies, verified, in a folder.
type Fetched struct {
	Model   string `json:"model,omitempty"`
	Version string `json:"version,omitempty"`
	Run     string `json:"run,omitempty"`
	Dir     string `json:"dir"`
}

// Fetch makes sure that the model lies in dest/<version>, verified. A damaged folder that is there
// is replaced. The folder appears whole or not at all; what a fetch that was killed had downloaded is
// not downloaded again.
func Fetch(ctx context.Context, client *mlflow.Client, source Source, dest string) (Fetched, error) {
	fetched := Fetched{source.Model, source.Version, source.Run, filepath.Join(dest, source.Folder())}
	if err := fetch(ctx, client, source, fetched.Dir); err != nil {
		return Fetched{}, fmt.Errorf("fetch %s: %w", source, err)
	}
	return fetched, nil
}

func fetch(ctx context.Context, client *mlflow.Client, source Source, dir string) error {
	switch err := verify(dir); {
	case err == nil:
		slog.Info("the version is there already", "dir", dir)
		return nil
	case !errors.Is(err, fs.ErrNotExist):
		slog.Warn("what is there is not a whole model; it is fetched anew", "dir", dir, "error", err)
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
	}
	beside := filepath.Join(filepath.Dir(dir), ".fetched-"+filepath.Base(dir))
	if err := os.RemoveAll(beside); err != nil { // whole, but killed before it was found to be
		return err
	}
	slog.Info("downloading", "what", source.String(), "server", client.URI())
	if err := download(ctx, client, source, beside); err != nil {
		return explain(err, client, source)
	}
	if err := verify(beside); err != nil {
		return errors.Join(
			fmt.Errorf("what MLflow holds is not what the trainer wrote: %w; %s", err, remedy),
			os.RemoveAll(beside))
	}
	if err := os.Rename(beside, dir); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(dir))
}

const remedy = "let the InferenceService name an earlier version, or register the model again"

func download(ctx context.Context, client *mlflow.Client, source Source, dir string) error {
	if source.Run == "" {
		return client.DownloadVersion(ctx, source.Model, source.Version, dir)
	}
	run, err := client.Run(ctx, source.Run)
	if err != nil {
		return err
	}
	return client.DownloadArtifacts(ctx, run, source.Path, dir)
}

// explain adds what can be done about an error of MLflow that its own message leaves open.
func explain(err error, client *mlflow.Client, source Source) error {
	var api *mlflow.APIError
	var damaged *mlflow.ChecksumError
	switch {
	case mlflow.IsNotFound(err) && source.Run != "":
		return fmt.Errorf("%w; look for the run's id at %s", err, client.URI())
	case mlflow.IsNotFound(err):
		return fmt.Errorf("%w; see %s/#/models/%s for the versions there are", err, client.URI(), source.Model)
	case errors.As(err, &api) && (api.Status == 401 || api.Status == 403):
		return fmt.Errorf("%w; give the container MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD", err)
	case errors.As(err, &damaged):
		return fmt.Errorf("what MLflow holds is not what the trainer wrote: %w; %s", err, remedy)
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

// syncFolder brings a folder's entries to disk.
func syncFolder(dir string) error {
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
