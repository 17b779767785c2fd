package launch_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic/fake"
	clienttesting "k8s.io/client-go/testing"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/pipelines/cluster"
	"github.com/daybreak-ml/daybreak/pipelines/launch"
)

// trainWithTrainJob trains beside earlier jobs where TrainJobs end, as soon as they are made, in a condition.
// It returns the job that was made and the cluster's objects.
func trainWithTrainJob(t *testing.T, condition string, earlier ...runtime.Object) (launch.Training, *unstructured.Unstructured, *fake.FakeDynamicClient, error) {
	t.Helper()
	return trainWithTrainJobOn(t, condition, func(*fake.FakeDynamicClient) {}, earlier...)
}

// trainWithTrainJobOn does so on a cluster that is prepared first.
func trainWithTrainJobOn(t *testing.T, condition string, prepare func(*fake.FakeDynamicClient), earlier ...runtime.Object) (launch.Training, *unstructured.Unstructured, *fake.FakeDynamicClient, error) {
	t.Helper()
	template, err := cluster.ReadTemplate("../../manifests/base/night/trainjob.yaml", "trainer.kubeflow.org/v1alpha1", "TrainJob")
	require.NoError(t, err)
	objects := fake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), map[schema.GroupVersionResource]string{
		cluster.TrainJobs: "TrainJobList", {Version: "v1", Resource: "pods"}: "PodList",
	}, earlier...)
	prepare(objects)
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
	launcher := launch.Job{
		Kind: launch.TrainJob(), Cluster: cluster.Cluster{Objects: objects, Namespace: "daybreak"},
		Template: template, Image: "registry/trainer@sha256:1", Timeout: time.Minute,
	}
	err = launcher.Train(t.Context(), training)
	return training, made, objects, err
}

func TestATrainJobTrainsTheNightsModel(t *testing.T) {
	training, job, _, err := trainWithTrainJob(t, "Complete")
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
	_, _, _, err := trainWithTrainJob(t, "Failed")
	require.ErrorContains(t, err, "TrainJob "+jobName+": failed: ")
	require.ErrorContains(t, err, "(it has no pods)")
}

func TestTrainJobsOfEarlierNightsAreDeletedADayAfterTheyEnded(t *testing.T) {
	now := time.Now()
	job := func(name, model, condition string, since time.Time) *unstructured.Unstructured {
		job := &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "trainer.kubeflow.org/v1alpha1", "kind": "TrainJob",
			"status": map[string]any{"conditions": []any{map[string]any{
				"type": condition, "status": "True", "lastTransitionTime": since.UTC().Format(time.RFC3339),
			}}},
		}}
		job.SetName(name)
		job.SetNamespace("daybreak")
		job.SetLabels(map[string]string{"app.kubernetes.io/instance": model})
		return job
	}
	long, short := now.Add(-25*time.Hour), now.Add(-23*time.Hour)

	_, _, objects, err := trainWithTrainJob(t, "Complete",
		job("completed-long-ago", "recommender", "Complete", long), job("failed-long-ago", "recommender", "Failed", long),
		job("completed-last-night", "recommender", "Complete", short), job("failed-last-night", "recommender", "Failed", short),
		job("under-way", "recommender", "Suspended", long), job("of-another-model", "bestsellers", "Complete", long),
	)

	require.NoError(t, err)
	left, err := objects.Resource(cluster.TrainJobs).Namespace("daybreak").List(t.Context(), metav1.ListOptions{})
	require.NoError(t, err)
	var names []string
	for _, job := range left.Items {
		names = append(names, job.GetName())
	}
	require.ElementsMatch(t, []string{jobName, "completed-last-night", "failed-last-night", "under-way", "of-another-model"}, names)
}

func TestANightTrainsWhereItMayNotListEarlierTrainJobs(t *testing.T) {
	denied := func(objects *fake.FakeDynamicClient) {
		objects.PrependReactor("list", "trainjobs", func(clienttesting.Action) (bool, runtime.Object, error) {
			return true, nil, errors.New("forbidden")
		})
	}
	_, job, _, err := trainWithTrainJobOn(t, "Complete", denied)
	require.NoError(t, err)
	require.Equal(t, jobName, job.GetName())
}
