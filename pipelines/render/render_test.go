package render_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/kserve/kserve/pkg/apis/serving/v1beta1"
	kubeflow "github.com/kubeflow/training-operator/pkg/apis/kubeflow.org/v1"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/pipelines/render"
)

var update = flag.Bool("update", false, "write the golden documents anew")

func serving() render.Serving {
	return render.Serving{Namespace: "daybreak", Name: "recommender", Model: "recommender", Version: "13"}
}

func training(workers int) render.Training {
	return render.Training{
		Namespace: "daybreak", Model: "recommender", Date: events.NewDay(2011, 11, 8), Digest: "0123456789abcdef",
		Image: "ghcr.io/daybreak-ml/trainer:1.0.0", Claim: "daybreak-data", Workers: workers,
	}
}

func golden(t *testing.T, name string, object runtime.Object) []byte {
	t.Helper()
	document, err := render.YAML(object)
	require.NoError(t, err)
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, document, 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), string(document))
	return document
}

// requireRestricted asserts what the Pod Security Standard "restricted" asks.
func requireRestricted(t *testing.T, pod *corev1.PodSecurityContext, container corev1.Container) {
	t.Helper()
	require.True(t, *pod.RunAsNonRoot)
	require.Equal(t, corev1.SeccompProfileTypeRuntimeDefault, pod.SeccompProfile.Type)
	security := container.SecurityContext
	require.True(t, *security.RunAsNonRoot)
	require.False(t, *security.AllowPrivilegeEscalation)
	require.True(t, *security.ReadOnlyRootFilesystem)
	require.Equal(t, []corev1.Capability{"ALL"}, security.Capabilities.Drop)
	require.Empty(t, security.Capabilities.Add)
	require.Equal(t, corev1.SeccompProfileTypeRuntimeDefault, security.SeccompProfile.Type)
}

func TestTheInferenceServiceOfAVersion(t *testing.T) {
	object, err := render.InferenceService(serving())
	require.NoError(t, err)
	document := golden(t, "inferenceservice.yaml", object)

	var read v1beta1.InferenceService
	require.NoError(t, yaml.UnmarshalStrict(document, &read), "KServe's types know every field")
	require.Equal(t, object.Spec, read.Spec)
	predictor := read.Spec.Predictor
	require.Equal(t, "mlflow://recommender/13", *predictor.Model.StorageURI)
	require.EqualValues(t, 4, predictor.Model.Lifecycle.PreStop.Sleep.Seconds, "or requests are dropped when the version changes")
	requireRestricted(t, predictor.SecurityContext, predictor.Model.Container)
	require.NotNil(t, predictor.Model.ReadinessProbe)
	require.NotNil(t, predictor.Model.LivenessProbe)
	require.NotNil(t, predictor.Model.StartupProbe)
}

func TestThePyTorchJobOfANight(t *testing.T) {
	for name, workers := range map[string]int{"pytorchjob.yaml": 0, "pytorchjob-workers.yaml": 2} {
		object, err := render.PyTorchJob(training(workers))
		require.NoError(t, err)
		document := golden(t, name, object)

		var read kubeflow.PyTorchJob
		require.NoError(t, yaml.UnmarshalStrict(document, &read), "the operator's types know every field")
		require.Equal(t, object.Spec, read.Spec)
		for _, replica := range read.Spec.PyTorchReplicaSpecs {
			pod := replica.Template.Spec
			require.Len(t, pod.Containers, 1)
			require.Equal(t, "pytorch", pod.Containers[0].Name, "the operator finds it by that name")
			require.Equal(t, kubeflow.RestartPolicyExitCode, replica.RestartPolicy)
			require.Contains(t, pod.Containers[0].Args, "--as-of=2011-11-09", "the day is learned from")
			requireRestricted(t, pod.SecurityContext, pod.Containers[0])
		}
	}
}

func TestWhatCantBeRightIsRefused(t *testing.T) {
	for version, says := range map[string]string{"": "never an alias", "champion": "never an alias", "0": "from 1", "-1": "from 1"} {
		s := serving()
		s.Version = version
		_, err := render.InferenceService(s)
		require.ErrorContains(t, err, says)
	}
	short := training(0)
	short.Digest = "abc"
	_, err := render.PyTorchJob(short)
	require.ErrorContains(t, err, "8 or more hexadecimal digits")
	_, err = render.PyTorchJob(training(-1))
	require.ErrorContains(t, err, "workers is -1")
}
