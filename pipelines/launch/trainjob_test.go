package launch_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic/fake"
	clienttesting "k8s.io/client-go/testing"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/pipelines/cluster"
	"github.com/daybreak-ml/daybreak/pipelines/launch"
)

// trainWithTrainJob trains where TrainJobs end, as soon as they are made, in a condition, and returns the
// job that was made.
func trainWithTrainJob(t *testing.T, condition string) (launch.Training, *unstructured.Unstructured, error) {
	t.Helper()
	template, err := cluster.ReadTemplate("../../manifests/base/night/trainjob.yaml", "trainer.kubeflow.org/v1alpha1", "TrainJob")
	require.NoError(t, err)
	objects := fake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), map[schema.GroupVersionResource]string{
		cluster.TrainJobs: "TrainJobList", {Version: "v1", Resource: "pods"}: "PodList",
	})
	data := t.TempDir()
	training := launch.Training{
		Events: data, AsOf: events.NewDay(2011, 11, 9), ModelDir: filepath.Join(data, "models", "2011-11-08-0123abcd"), ModelName: "recommender",
	}
	var made *unstructured.Unstructured
	objects.PrependReactor("create", "trainjobs", func(action clienttesting.Action) (bool, runtime.Object, error) {
		made = action.(clienttesting.CreateAction).GetObject().(*unstructured.Unstructured)
		end(made, condition)
		return false, nil, os.MkdirAll(training.ModelDir, 0o755)
	})
	launcher := launch.TrainJob{
		Cluster: cluster.Cluster{Objects: objects, Namespace: "daybreak"}, Template: template, Image: "registry/trainer@sha256:1", Timeout: time.Minute,
	}
	err = launcher.Train(t.Context(), training)
	return training, made, err
}

func TestATrainJobTrainsTheNightsModel(t *testing.T) {
	training, job, err := trainWithTrainJob(t, "Complete")
	require.NoError(t, err)
	require.Equal(t, jobName, job.GetName())
	trainer, _, err := unstructured.NestedMap(job.Object, "spec", "trainer")
	require.NoError(t, err)
	require.Equal(t, map[string]any{
		"numNodes": float64(1), "image": "registry/trainer@sha256:1",
		"args": []any{"train", "--events", training.Events, "--as-of", "2011-11-09", "--model-dir", training.ModelDir, "--model-name", "recommender"},
	}, trainer)
}

func TestATrainJobThatFailsSaysWhy(t *testing.T) {
	_, _, err := trainWithTrainJob(t, "Failed")
	require.ErrorContains(t, err, "TrainJob "+jobName+": failed: ")
	require.ErrorContains(t, err, "(it has no pods)")
}
