package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/daybreak-ml/daybreak/command"
	"github.com/daybreak-ml/daybreak/mlflow"
	"github.com/daybreak-ml/daybreak/mlflow/s3"
)

// terminationLog is where Kubernetes reads a container's last words, where it runs in one.
const terminationLog = "/dev/termination-log"

// initializer is the program's arguments, which KServe gives, and its flags, which an installation's
// ClusterStorageContainer gives.
type initializer struct {
	URI         string `arg:"" help:"What to fetch: mlflow://<registered model>/<version> or mlflow-run://<run>/<path>."`
	Dest        string `arg:"" type:"path" help:"Folder to put it into, as <version>/; of a run, as 1/."`
	Credentials string `name:"credentials-dir" type:"path" default:"/var/run/secrets/daybreak-mlflow" help:"Folder of files named like the environment variables they stand for, such as MLFLOW_TRACKING_TOKEN: a mounted Secret. Variables that are set come first."`
	TrackingURI string `name:"tracking-uri" env:"DAYBREAK_TRACKING_URI,MLFLOW_TRACKING_URI" help:"MLflow server, such as http://mlflow.mlflow.svc:5000."`
	AllowAlias  bool   `help:"Let mlflow://<registered model>@<alias> name what the alias names now. Pods that start later may then serve another version than those that run."`
}

// Run fetches the version, and on failure leaves the reason where Kubernetes finds it.
func (i *initializer) Run(ctx context.Context, out *command.Output) error {
	version, err := i.fetch(ctx)
	if err != nil {
		return errors.Join(err, leaveLastWords(terminationLog, err))
	}
	if out.IsJSON() {
		return out.JSON(version)
	}
	out.Printf("the model lies in %s\n", version.Dir)
	return nil
}

func (i *initializer) fetch(ctx context.Context) (Fetched, error) {
	source, err := ParseSource(i.URI)
	if err != nil {
		return Fetched{}, command.Usagef("%v", err)
	}
	if err := AdoptCredentials(i.Credentials); err != nil {
		return Fetched{}, err
	}
	if i.TrackingURI == "" {
		i.TrackingURI = os.Getenv(mlflow.TrackingURIVariable)
	}
	if i.TrackingURI == "" {
		return Fetched{}, command.Usagef("MLFLOW_TRACKING_URI is missing: give the container the address of the MLflow server, such as http://mlflow.mlflow.svc:5000, from the Secret daybreak-mlflow of the namespace")
	}
	client, err := mlflow.New(i.TrackingURI, mlflow.WithRetry(patience()), mlflow.WithArtifactStore("s3", s3.Open))
	if err != nil {
		return Fetched{}, command.Usagef("MLFLOW_TRACKING_URI: %v", err)
	}
	if source.Alias != "" {
		if !i.AllowAlias {
			return Fetched{}, command.Usagef(
				"%s names an alias, which may name another version when the next pod starts; name a version, as in mlflow://%s/13, or give the ClusterStorageContainer's container the argument --allow-alias", i.URI, source.Model)
		}
		named, err := client.VersionByAlias(ctx, source.Model, source.Alias)
		if err != nil {
			return Fetched{}, fmt.Errorf("find the version that %s names: %w", i.URI, err)
		}
		slog.Info("alias names a version", "uri", i.URI, "version", named.Version)
		source.Version = named.Version
	}
	return Fetch(ctx, client, source, i.Dest)
}

// patience rides out a restart of MLflow on a busy node: about two minutes.
func patience() mlflow.Retry {
	retry := mlflow.DefaultRetry()
	retry.Attempts = 24
	return retry
}

// leaveLastWords writes an error to the file where there is one; outside of a container there is none.
func leaveLastWords(path string, cause error) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_TRUNC, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("leave the reason in %s: %w", path, err)
	}
	_, err = file.WriteString(cause.Error() + "\n")
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("leave the reason in %s: %w", path, err)
	}
	return nil
}

func main() {
	os.Exit(command.Run("initializer", "Fetches a version of a model from MLflow and verifies it.", &initializer{}))
}
