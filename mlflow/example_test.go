package mlflow_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/daybreak-ml/daybreak/mlflow"
)

// A night's model goes to MLflow, becomes a version, and is fetched to be
// served. Doing all of it again changes nothing.
func Example() {
	ctx := context.Background()
	client, err := mlflow.New(trackingURI()) // such as http://127.0.0.1:5000
	if err != nil {
		log.Fatal(err)
	}
	folder, err := os.MkdirTemp("", "example-")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(folder) }()
	modelDir := filepath.Join(folder, "model")
	if err := os.Mkdir(modelDir, 0o755); err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(modelDir, "config.json"), []byte("{}"), 0o644); err != nil {
		log.Fatal(err)
	}

	for range 2 {
		version, err := publish(ctx, client, modelDir)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s version %s is %s\n", version.Name, version.Version, version.Status)
	}
	champion, err := client.VersionByAlias(ctx, "example", "champion")
	if err != nil {
		log.Fatal(err)
	}
	served := filepath.Join(folder, "serving", champion.Version)
	if err := client.DownloadVersion(ctx, champion.Name, champion.Version, served); err != nil {
		log.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(served, "config.json"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(content))
	// Output:
	// example version 1 is READY
	// example version 1 is READY
	// {}
}

func publish(ctx context.Context, client *mlflow.Client, modelDir string) (mlflow.Version, error) {
	experiment, err := client.EnsureExperiment(ctx, "example")
	if err != nil {
		return mlflow.Version{}, err
	}
	run, err := client.EnsureRun(ctx, experiment, "example/2011-11-08", "2011-11-08", nil)
	if err != nil {
		return mlflow.Version{}, err
	}
	record := mlflow.Record{
		Params:  map[string]string{"factors": "64"},
		Metrics: []mlflow.Metric{{Key: "ndcg_at_20", Value: 0.32}},
	}
	if err := client.LogRecord(ctx, run.ID, record); err != nil {
		return mlflow.Version{}, err
	}
	if err := client.UploadFolder(ctx, run, modelDir, "model"); err != nil {
		return mlflow.Version{}, err
	}
	if err := client.FinishRun(ctx, run.ID, mlflow.RunFinished); err != nil {
		return mlflow.Version{}, err
	}
	if err := client.EnsureRegisteredModel(ctx, "example", "What the example makes."); err != nil {
		return mlflow.Version{}, err
	}
	version, err := client.EnsureVersion(ctx, "example", run.ID, "model", nil)
	if err != nil {
		return mlflow.Version{}, err
	}
	return version, client.SetAlias(ctx, "example", "champion", version.Version)
}

// What exists not, and a server that is not there, are told apart.
func ExampleIsNotFound() {
	client, err := mlflow.New(trackingURI())
	if err != nil {
		log.Fatal(err)
	}
	_, err = client.VersionByAlias(context.Background(), "no such model", "champion")
	var unavailable *mlflow.UnavailableError
	switch {
	case mlflow.IsNotFound(err):
		fmt.Println("nothing serves yet")
	case errors.As(err, &unavailable):
		fmt.Println("MLflow is down:", err)
	}
	// Output: nothing serves yet
}
