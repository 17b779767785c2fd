package launch_test

import (
	"context"
	"os"
	"path/filepath"
	"sync/atomic"
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

const template = "../../manifests/base/night/pytorchjob.yaml"

// jobName is that of the night of shop's training.
const jobName = "recommender-2011-11-08-0123abcd"

// shop is a cluster whose PyTorchJobs end, as soon as they are made, in a condition.
type shop struct {
	launch.Job
	training launch.Training
	objects  *fake.FakeDynamicClient
	made     atomic.Int32
}

func newShop(t *testing.T, condition string, existing ...runtime.Object) *shop {
	t.Helper()
	read, err := cluster.ReadTemplate(template, "kubeflow.org/v1", "PyTorchJob")
	require.NoError(t, err)
	objects := fake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), map[schema.GroupVersionResource]string{
		cluster.PyTorchJobs: "PyTorchJobList", {Version: "v1", Resource: "pods"}: "PodList",
	}, existing...)
	data := t.TempDir()
	s := &shop{objects: objects}
	s.Job = launch.Job{Kind: launch.PyTorchJob(), Cluster: cluster.Cluster{Objects: objects, Namespace: "daybreak"}, Template: read, Timeout: time.Minute}
	s.training = launch.Training{
		Events: data, AsOf: events.NewDay(2011, 11, 9), ModelDir: filepath.Join(data, "models", "2011-11-08-0123abcd"),
		ModelName: "recommender", Config: "/etc/daybreak/train.yaml",
	}
	objects.PrependReactor("create", "pytorchjobs", func(action clienttesting.Action) (bool, runtime.Object, error) {
		s.made.Add(1)
		job := action.(clienttesting.CreateAction).GetObject().(*unstructured.Unstructured)
		end(job, condition)
		return false, nil, os.MkdirAll(s.training.ModelDir, 0o755)
	})
	return s
}

// end gives a job the condition that says how it ended.
func end(job *unstructured.Unstructured, condition string) {
	job.Object["status"] = map[string]any{"conditions": []any{
		map[string]any{"type": condition, "status": "True", "message": "PyTorchJob " + job.GetName() + " is " + condition},
	}}
}

func existingJob(condition string) *unstructured.Unstructured {
	job := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "kubeflow.org/v1", "kind": "PyTorchJob"}}
	job.SetName(jobName)
	job.SetNamespace("daybreak")
	end(job, condition)
	return job
}

func (s *shop) job(t *testing.T) *unstructured.Unstructured {
	t.Helper()
	found, err := s.objects.Tracker().Get(cluster.PyTorchJobs, "daybreak", jobName)
	require.NoError(t, err)
	return found.(*unstructured.Unstructured)
}

func TestAPyTorchJobTrainsTheNightsModel(t *testing.T) {
	s := newShop(t, "Succeeded")
	s.Image = "registry/trainer@sha256:1"
	leftover := filepath.Join(filepath.Dir(s.training.ModelDir), ".2011-11-07-0123abcd.tmp-1")
	require.NoError(t, os.MkdirAll(leftover, 0o755))

	require.NoError(t, s.Train(t.Context(), s.training))

	containers, _, err := unstructured.NestedSlice(s.job(t).Object, "spec", "pytorchReplicaSpecs", "Master", "template", "spec", "containers")
	require.NoError(t, err)
	require.Equal(t, []any{
		"train", "--events", s.training.Events, "--as-of", "2011-11-09", "--model-dir", s.training.ModelDir,
		"--model-name", "recommender", "--config", "/etc/daybreak/train.yaml",
	}, containers[0].(map[string]any)["args"])
	require.Equal(t, s.Image, containers[0].(map[string]any)["image"])
	require.NoDirExists(t, leftover, "what a killed trainer left")
}

func TestAJobThatIsUnderWayIsWaitedFor(t *testing.T) {
	s := newShop(t, "Succeeded", existingJob("Running"))
	require.NoError(t, os.MkdirAll(s.training.ModelDir, 0o755))
	writing := filepath.Join(filepath.Dir(s.training.ModelDir), ".2011-11-08-0123abcd.tmp-1")
	require.NoError(t, os.MkdirAll(writing, 0o755))
	looked := 0
	s.objects.PrependReactor("get", "pytorchjobs", func(clienttesting.Action) (bool, runtime.Object, error) {
		if looked++; looked == 2 {
			return true, existingJob("Succeeded"), nil
		}
		return false, nil, nil
	})

	require.NoError(t, s.Train(t.Context(), s.training))

	require.Zero(t, s.made.Load())
	require.DirExists(t, writing, "the trainer under way writes it")
}

func TestAJobThatEndedWithoutAModelIsReplaced(t *testing.T) {
	for _, condition := range []string{"Failed", "Succeeded"} {
		t.Run(condition, func(t *testing.T) {
			s := newShop(t, "Succeeded", existingJob(condition))
			require.NoError(t, s.Train(t.Context(), s.training))
			require.EqualValues(t, 1, s.made.Load())
		})
	}
}

func TestATrainingThatFailsSaysWhy(t *testing.T) {
	t.Run("a job that failed", func(t *testing.T) {
		s := newShop(t, "Failed")
		err := s.Train(t.Context(), s.training)
		require.ErrorContains(t, err, "PyTorchJob "+jobName+": failed: PyTorchJob "+jobName+" is Failed (it has no pods)")
	})
	t.Run("a job that takes too long", func(t *testing.T) {
		s := newShop(t, "Running")
		s.Timeout = time.Millisecond
		err := s.Train(t.Context(), s.training)
		require.ErrorContains(t, err, "it has not ended within 1ms")
	})
	t.Run("a night that is told to stop", func(t *testing.T) {
		s := newShop(t, "Running")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.ErrorIs(t, s.Train(ctx, s.training), context.Canceled)
	})
	t.Run("a job that wrote to another volume", func(t *testing.T) {
		s := newShop(t, "Succeeded")
		elsewhere := s.training
		elsewhere.ModelDir = filepath.Join(t.TempDir(), "models", "2011-11-08-0123abcd")
		require.ErrorContains(t, s.Train(t.Context(), elsewhere), "must mount the volume of "+filepath.Dir(elsewhere.ModelDir))
	})
	t.Run("a template without the operator's container", func(t *testing.T) {
		s := newShop(t, "Succeeded")
		require.NoError(t, unstructured.SetNestedSlice(s.Template.Object, []any{map[string]any{"name": "trainer"}},
			"spec", "pytorchReplicaSpecs", "Master", "template", "spec", "containers"))
		require.ErrorContains(t, s.Train(t.Context(), s.training), "must have a container named pytorch")
	})
	t.Run("a model's name that no job can have", func(t *testing.T) {
		s := newShop(t, "Succeeded")
		s.training.ModelName = "the-recommender-of-all-the-shops-of-the-world"
		require.ErrorContains(t, s.Train(t.Context(), s.training), "use a shorter --model-name")
	})
}
