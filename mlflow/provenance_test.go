package mlflow_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/mlflow"
)

func TestAProgramKnowsWhereItComesFrom(t *testing.T) {
	for name, value := range map[string]string{
		"MLFLOW_TRACKING_USERNAME": "night", "GIT_COMMIT": "c0ffee", "KUBERNETES_SERVICE_HOST": "10.0.0.1",
		mlflow.ImageVariable: "ghcr.io/daybreak-ml/trainer:1", mlflow.ImageDigestVariable: "sha256:1", mlflow.JobUIDVariable: "uid", mlflow.PodVariable: "pod",
	} {
		t.Setenv(name, value)
	}
	tags := mlflow.ReadProvenance().Tags()
	delete(tags, "mlflow.source.git.dirty") // as the checkout is
	require.Equal(t, map[string]string{
		"mlflow.user": "night", "mlflow.source.name": "mlflow.test", "mlflow.source.type": "JOB", "mlflow.source.git.commit": "c0ffee",
		"mlflow.source.git.repoURL": "https://github.com/daybreak-ml/daybreak", "mlflow.docker.image.uri": "ghcr.io/daybreak-ml/trainer:1",
		"mlflow.docker.image.id": "sha256:1", "kubernetes.job.uid": "uid", "kubernetes.pod.name": "pod",
	}, tags)
	require.Empty(t, mlflow.Provenance{Dirty: true}.Tags(), "what is not known is not said")
}

func TestTheServerIsFoundInTheEnvironment(t *testing.T) {
	t.Setenv(mlflow.TrackingURIVariable, "")
	_, err := mlflow.NewFromEnvironment()
	require.ErrorContains(t, err, "MLFLOW_TRACKING_URI is not set")
	t.Setenv(mlflow.TrackingURIVariable, "http://127.0.0.1:5000")
	client, err := mlflow.NewFromEnvironment()
	require.NoError(t, err)
	require.Equal(t, "http://127.0.0.1:5000", client.URI())
}

func TestARunIsNestedDescribedAndSaysWhoMadeIt(t *testing.T) {
	client := newClient(t, trackingURI())
	experiment := newExperiment(t, client)
	parent := newRun(t, client)
	child, err := client.EnsureRun(t.Context(), experiment, "child", "", nil,
		mlflow.ChildOf(parent.ID), mlflow.WithNote("# rank 64"), mlflow.WithProvenance(mlflow.Provenance{Commit: "abc"}))
	require.NoError(t, err)
	require.Equal(t, parent.ID, child.Tags["mlflow.parentRunId"])
	require.Equal(t, "# rank 64", child.Tags[mlflow.NoteTag])
	require.Equal(t, "abc", child.Tags["mlflow.source.git.commit"])
}
