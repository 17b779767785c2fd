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

func ExampleClient_StartRun() {
	client, err := mlflow.New("http://127.0.0.1:5000")
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	run, err := client.StartRun(ctx, mlflow.RunSpec{
		Experiment: "nights", Key: "recommender/2011-11-08/c0ffee", Name: "2011-11-08", Tags: mlflow.ReadProvenance().Tags(),
	}, mlflow.SpoolTo("spool"))
	if err != nil {
		log.Fatal(err)
	}
	watch := mlflow.WatchSystem(ctx, run, run.Run().Start, mlflow.DefaultSystemInterval, "/")

	events := mlflow.Dataset{Name: "events", Digest: "9a8b7c", SourceType: "local", Source: `{"uri": "events/"}`}
	err = errors.Join(
		run.LogInputs(ctx, []mlflow.DatasetInput{{Dataset: events, Context: mlflow.ContextTraining}}),
		run.LogMetrics(ctx, []mlflow.Metric{{Key: "train/loss", Value: 0.7, Step: 1}}),
		run.LogModel(ctx, mlflow.ModelSpec{
			LoggedModelSpec: mlflow.LoggedModelSpec{Name: "model"},
			Dir:             "model/",
			Metrics:         []mlflow.Metric{{Key: "ndcg_at_20", Value: 0.31, DatasetName: events.Name, DatasetDigest: events.Digest}},
		}),
		watch.Stop(),
		run.Finish(ctx, mlflow.RunFinished),
	)
	if run.Spooled() {
		fmt.Println("MLflow is away; replay the folder spool later")
	}
	if err := errors.Join(err, run.Close()); err != nil {
		log.Fatal(err)
	}
}

func ExampleClient_Replay() {
	client, err := mlflow.NewFromEnvironment()
	if err != nil {
		log.Fatal(err)
	}
	replayed, err := client.Replay(context.Background(), "spool")
	for _, run := range replayed {
		fmt.Println(run.Spec.Key, "is run", run.RunID)
	}
	if err != nil { // of what is kept for the next time
		log.Fatal(err)
	}
}
