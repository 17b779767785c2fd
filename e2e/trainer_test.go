package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const trainJob = "TrainJob.v1alpha1.trainer.kubeflow.org"

func TestTheTrainJobsRanksMeetAndAreToldTheirPlace(t *testing.T) {
	t.Parallel()
	namespace := cluster.Namespace(t)
	namespace.Apply(t, "trainjob", map[string]any{"Name": "ranks", "Nodes": 2})

	namespace.AwaitCondition(t, trainJob, "ranks", "Complete", "True")

	pods, err := namespace.Client.CoreV1().Pods(namespace.Name).List(t.Context(), metav1.ListOptions{
		LabelSelector: "jobset.sigs.k8s.io/jobset-name=ranks",
	})
	require.NoError(t, err)
	require.Len(t, pods.Items, 2)
	for _, pod := range pods.Items {
		require.Subset(t, ranks(t, namespace.Output(t, pod.Name)), map[string]string{
			"PET_NODE_RANK": pod.Labels["batch.kubernetes.io/job-completion-index"], "PET_NNODES": "2",
			"PET_MASTER_ADDR": "ranks-node-0-0.ranks", "PET_MASTER_PORT": "29500",
		})
	}
}
