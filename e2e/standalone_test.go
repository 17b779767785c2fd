package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/daybreak-ml/daybreak/e2e/testcluster"
)

// standalone is a folder to apply: the standalone overlay, which makes the namespace daybreak, with
// components of the manifests, and where they are known with the images' digests.
func standalone(t *testing.T, components ...string) string {
	t.Helper()
	folder := t.TempDir()
	relative := func(path string) string {
		absolute, err := filepath.Abs(path)
		require.NoError(t, err)
		path, err = filepath.Rel(folder, absolute)
		require.NoError(t, err)
		return path
	}
	overlay := struct {
		Resources  []string `json:"resources"`
		Components []string `json:"components,omitempty"`
	}{Resources: []string{relative("../manifests/overlays/standalone")}}
	for _, component := range components {
		overlay.Components = append(overlay.Components, relative("../manifests/components/"+component))
	}
	if images := os.Getenv(imagesVariable); images != "" {
		overlay.Components = append(overlay.Components, relative(images))
	}
	document, err := yaml.Marshal(overlay)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(folder, "kustomization.yaml"), document, 0o600))
	return folder
}

// install applies the overlay, and takes all of it back with the test.
func install(t *testing.T, overlay string) *testcluster.Namespace {
	t.Helper()
	_, err := cluster.Client.CoreV1().Namespaces().Get(t.Context(), "daybreak", metav1.GetOptions{})
	require.True(t, apierrors.IsNotFound(err), "the cluster has a namespace daybreak already; this test would delete it (%v)", err)
	t.Cleanup(func() { kubectl(t, "delete", "-k", overlay, "--ignore-not-found", "--wait") })
	namespace := cluster.Installed(t, "daybreak")
	kubectl(t, "apply", "-k", overlay)
	return namespace
}

// openStandaloneShop gives the namespace what is the shop's own: where MLflow is, how the export is
// read, and the export.
func openStandaloneShop(t *testing.T, namespace *testcluster.Namespace, registry trackingServer) {
	t.Helper()
	_, err := namespace.Client.CoreV1().Secrets(namespace.Name).Create(t.Context(), &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: "daybreak-mlflow"},
		StringData: map[string]string{"MLFLOW_TRACKING_URI": registry.URI},
	}, metav1.CreateOptions{})
	require.NoError(t, err)
	mapping, err := os.ReadFile("../events/mapping/simulated.yaml")
	require.NoError(t, err)
	_, err = namespace.Client.CoreV1().ConfigMaps(namespace.Name).Create(t.Context(), &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: "daybreak-mapping"},
		Data:       map[string]string{"mapping.yaml": string(mapping)},
	}, metav1.CreateOptions{})
	require.NoError(t, err)
	export := withVolume(testcluster.Probe("export", "export", "/data/export"), "daybreak-data")
	namespace.Start(t, export)
	namespace.Output(t, "export")
}

// sabotage gives training settings from which no good model comes.
func sabotage(t *testing.T, namespace *testcluster.Namespace) {
	t.Helper()
	settings, err := os.ReadFile("testdata/sabotaged-train.yaml")
	require.NoError(t, err)
	setTraining(t, namespace, string(settings))
}

// setTraining changes how models are trained.
func setTraining(t *testing.T, namespace *testcluster.Namespace, settings string) {
	t.Helper()
	maps := namespace.Client.CoreV1().ConfigMaps(namespace.Name)
	night, err := maps.Get(t.Context(), "daybreak-night", metav1.GetOptions{})
	require.NoError(t, err)
	night.Data["train.yaml"] = settings
	_, err = maps.Update(t.Context(), night, metav1.UpdateOptions{})
	require.NoError(t, err)
}

// nightResult is what a night prints.
type nightResult struct {
	Gate struct {
		Verdict string `json:"verdict"`
		Reason  string `json:"reason"`
	} `json:"gate"`
	Version        string             `json:"version"`
	ServingVersion string             `json:"serving_version"`
	Seconds        map[string]float64 `json:"seconds"`
}

// startNight runs the CronJob's job by hand, for a day.
func startNight(t *testing.T, namespace *testcluster.Namespace, name, date string, retries int32) {
	t.Helper()
	cron, err := namespace.Client.BatchV1().CronJobs(namespace.Name).Get(t.Context(), "daybreak-night", metav1.GetOptions{})
	require.NoError(t, err)
	job := &batchv1.Job{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: cron.Spec.JobTemplate.Spec}
	container := &job.Spec.Template.Spec.Containers[0]
	container.Env = append(container.Env, corev1.EnvVar{Name: "DAYBREAK_DATE", Value: date}, corev1.EnvVar{Name: "DAYBREAK_OUTPUT", Value: "json"})
	job.Spec.BackoffLimit = &retries
	_, err = namespace.Client.BatchV1().Jobs(namespace.Name).Create(t.Context(), job, metav1.CreateOptions{})
	require.NoError(t, err)
}

// nightPods are the pods of a night's job.
func nightPods(name string) metav1.ListOptions {
	return metav1.ListOptions{LabelSelector: "batch.kubernetes.io/job-name=" + name}
}

// runNight runs a night that is to succeed at once, and returns what it printed.
func runNight(t *testing.T, namespace *testcluster.Namespace, name, date string) nightResult {
	t.Helper()
	begin := time.Now()
	startNight(t, namespace, name, date, 0)
	result := awaitNight(t, namespace, name, corev1.PodFailed)
	t.Logf("night %s of %s took %s: %s", name, date, time.Since(begin).Round(time.Second), summary(result))
	return result
}

// awaitNight waits for a pod of the night's job that has succeeded, or ended otherwise, and returns what
// the one that succeeded printed.
func awaitNight(t *testing.T, namespace *testcluster.Namespace, name string, otherwise ...corev1.PodPhase) nightResult {
	t.Helper()
	pod := namespace.AwaitAnyPod(t, nightPods(name), func(pod *corev1.Pod) bool {
		return pod.Status.Phase == corev1.PodSucceeded || slices.Contains(otherwise, pod.Status.Phase)
	})
	printed := namespace.Output(t, pod.Name)
	var result nightResult
	require.NoError(t, json.Unmarshal([]byte(document(printed)), &result), printed)
	return result
}

func summary(result nightResult) string {
	return fmt.Sprintf("version %s, %s (%s), version %s serves; seconds %v",
		result.Version, result.Gate.Verdict, result.Gate.Reason, result.ServingVersion, result.Seconds)
}

func servedURI(t *testing.T, namespace *testcluster.Namespace) string {
	t.Helper()
	return testcluster.Text(namespace.Get(t, inferenceService, "recommender"), "spec", "predictor", "model", "storageUri")
}

// kubectl runs kubectl, which is on the PATH inside the cluster brought up for the tests.
func kubectl(t *testing.T, arguments ...string) {
	t.Helper()
	output, err := exec.Command("kubectl", arguments...).CombinedOutput()
	require.NoError(t, err, "kubectl %v: %s", arguments, output)
}
