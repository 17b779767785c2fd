package e2e

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

const pyTorchJob = "PyTorchJob.v1.kubeflow.org"

// ranks are the environments of a job's ranks, as the probe's rank prints them.
func ranks(t *testing.T, printed string) map[string]string {
	t.Helper()
	var placement map[string]string
	require.NoError(t, json.Unmarshal([]byte(printed), &placement), printed)
	return placement
}

func TestThePyTorchJobsRanksMeetAndAreToldTheirPlace(t *testing.T) {
	t.Parallel()
	namespace := cluster.Namespace(t)
	namespace.Apply(t, "pytorchjob", map[string]any{"Name": "ranks", "Workers": 1})

	namespace.AwaitCondition(t, pyTorchJob, "ranks", "Succeeded", "True")

	master := ranks(t, namespace.Output(t, "ranks-master-0"))
	require.Equal(t, "0", master["RANK"])
	require.Equal(t, "0", master["PET_NODE_RANK"])
	worker := ranks(t, namespace.Output(t, "ranks-worker-0"))
	require.Subset(t, worker, map[string]string{
		"RANK": "1", "WORLD_SIZE": "2", "MASTER_ADDR": "ranks-master-0", "MASTER_PORT": "23456",
		"PET_NODE_RANK": "1", "PET_NNODES": "2", "PET_MASTER_ADDR": "ranks-master-0", "PET_MASTER_PORT": "23456",
	})
}

func TestTheTrainingOperatorRefusesAJobWithoutTheContainerItLooksFor(t *testing.T) {
	t.Parallel()
	namespace := cluster.Namespace(t)

	err := namespace.TryApply(t, "pytorchjob-without-container", map[string]any{"Name": "bad"})

	require.ErrorContains(t, err, `admission webhook "validator.pytorchjob.training-operator.kubeflow.org" denied the request`)
	require.ErrorContains(t, err, "must have at least one container with name pytorch")
}
