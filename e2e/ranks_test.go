package e2e

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/daybreak-ml/daybreak/e2e/testcluster"
)

// rankedTraining is what testdata/training-ranks.yaml is given.
type rankedTraining struct {
	Name, AsOf, ModelDir string
	Workers, Epochs      int
}

func TestThreeRanksOfAPyTorchJobLearnTheModelThatOneLearnsThoughAWorkerIsKilled(t *testing.T) {
	t.Parallel()
	namespace := openShop(t)
	namespace.Apply(t, "training-ranks", rankedTraining{"three", "2025-01-27", "/data/three/1", 2, 400})
	workers := metav1.ListOptions{FieldSelector: "metadata.name=three-worker-1"}
	worker := namespace.AwaitAnyPod(t, workers, func(pod *corev1.Pod) bool { return pod.Status.Phase == corev1.PodRunning })
	now := int64(0)
	require.NoError(t, namespace.Client.CoreV1().Pods(namespace.Name).Delete(t.Context(), worker.Name, metav1.DeleteOptions{GracePeriodSeconds: &now}))
	namespace.AwaitAnyPod(t, workers, func(pod *corev1.Pod) bool { return pod.UID != worker.UID })
	namespace.AwaitCondition(t, pyTorchJob, "three", "Succeeded", "True")

	namespace.Apply(t, "training-ranks", rankedTraining{"one", "2025-01-27", "/data/one/1", 0, 400})
	namespace.AwaitCondition(t, pyTorchJob, "one", "Succeeded", "True")
	require.Equal(t, tensorsSum(t, namespace, "one"), tensorsSum(t, namespace, "three"))
}

func TestThreeNodesOfATrainJobLearnTheModelThatOneLearns(t *testing.T) {
	t.Parallel()
	namespace := openShop(t)
	namespace.Apply(t, "trainjob-trainer", nodesTraining{"three", "2025-01-27", "/data/three/1", 3})
	namespace.AwaitCondition(t, trainJob, "three", "Complete", "True")
	namespace.Apply(t, "trainjob-trainer", nodesTraining{"one", "2025-01-27", "/data/one/1", 1})
	namespace.AwaitCondition(t, trainJob, "one", "Complete", "True")
	require.Equal(t, tensorsSum(t, namespace, "one"), tensorsSum(t, namespace, "three"))
}

// nodesTraining is what testdata/trainjob-trainer.yaml is given.
type nodesTraining struct {
	Name, AsOf, ModelDir string
	Nodes                int
}

// tensorsSum is the line of a model's SHA256SUMS that stands for its tensors.
func tensorsSum(t *testing.T, namespace *testcluster.Namespace, model string) string {
	t.Helper()
	reader := "reader-of-" + model
	namespace.Start(t, withVolume(testcluster.Probe(reader, "read", "/data/"+model+"/1/SHA256SUMS"), "daybreak-data"))
	for _, line := range strings.Split(namespace.Output(t, reader), "\n") {
		if strings.HasSuffix(line, "model.safetensors") {
			return line
		}
	}
	require.Fail(t, "its SHA256SUMS don't name model.safetensors")
	return ""
}
