package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/daybreak-ml/daybreak/e2e/testcluster"
)

// standalone is what is applied for the nights; it makes the namespace daybreak.
const standalone = "../manifests/overlays/standalone"

func TestTheThinNightOnTheCluster(t *testing.T) {
	namespace := installStandalone(t)
	registry := startMLflow(t)
	openStandaloneShop(t, namespace, registry)

	first := runNight(t, namespace, "first", "2025-01-26")
	require.Equal(t, "promote", first.Gate.Verdict)
	require.Equal(t, "1", first.Version)
	require.Equal(t, "1", first.ServingVersion)
	require.Equal(t, "1", registry.alias(t, "champion"))
	require.Equal(t, "mlflow://recommender/1", servedURI(t, namespace))
	require.True(t, slices.ContainsFunc(namespace.Get(t, inferenceService, "recommender").GetManagedFields(), func(entry metav1.ManagedFieldsEntry) bool {
		return entry.Manager == "daybreak" && entry.Operation == metav1.ManagedFieldsOperationApply
	}), "applied server-side by the night")
	require.Equal(t, "1", predictV1(t, namespace).ModelVersion)
	asker := startAsker(t, namespace, "http://recommender-predictor.daybreak.svc/v1/models/recommender:predict", requestV1)

	t.Log("a night with a model that learns nothing useful leaves the version that serves")
	sabotage(t, namespace)
	sabotaged := runNight(t, namespace, "sabotaged", "2025-01-27")
	require.Equal(t, "reject", sabotaged.Gate.Verdict, sabotaged.Gate.Reason)
	require.Equal(t, "2", sabotaged.Version)
	require.Equal(t, "1", sabotaged.ServingVersion)
	require.Equal(t, "reject", registry.version(t, "2").tag("daybreak.gate"))
	require.Equal(t, "mlflow://recommender/1", servedURI(t, namespace))

	t.Log("applying the overlay again undoes the sabotage, and changes no version")
	kubectl(t, "apply", "-k", standalone)
	require.Equal(t, "mlflow://recommender/1", servedURI(t, namespace))

	t.Log("the next night moves the service")
	next := runNight(t, namespace, "next", "2025-01-28")
	require.Equal(t, "promote", next.Gate.Verdict, next.Gate.Reason)
	require.Equal(t, "3", next.ServingVersion)
	require.Equal(t, "3", registry.alias(t, "champion"))
	require.Equal(t, "mlflow://recommender/3", servedURI(t, namespace))
	counted := asker.await(t, "the next version", func(counted tally) bool { return counted.Versions["3"] > 50 })
	require.Zero(t, counted.Failed, "%d of %d failed: %v", counted.Failed, counted.Asked, counted.Failures)
	require.Positive(t, counted.Versions["1"])
	require.Zero(t, counted.Versions["2"], "the rejected version")

	t.Log("a night that is done is found to be")
	again := runNight(t, namespace, "again", "2025-01-28")
	require.Equal(t, "3", again.Version)
	require.Equal(t, "3", again.ServingVersion)
}

// installStandalone applies the overlay, and takes all of it back with the test.
func installStandalone(t *testing.T) *testcluster.Namespace {
	t.Helper()
	_, err := cluster.Client.CoreV1().Namespaces().Get(t.Context(), "daybreak", metav1.GetOptions{})
	require.True(t, apierrors.IsNotFound(err), "the cluster has a namespace daybreak already; this test would delete it (%v)", err)
	t.Cleanup(func() { kubectl(t, "delete", "-k", standalone, "--ignore-not-found", "--wait") })
	namespace := cluster.Installed(t, "daybreak")
	kubectl(t, "apply", "-k", standalone)
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
	maps := namespace.Client.CoreV1().ConfigMaps(namespace.Name)
	night, err := maps.Get(t.Context(), "daybreak-night", metav1.GetOptions{})
	require.NoError(t, err)
	night.Data["train.yaml"] = string(settings)
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

// runNight runs the CronJob's job by hand, for a day, and returns what it printed.
func runNight(t *testing.T, namespace *testcluster.Namespace, name, date string) nightResult {
	t.Helper()
	cron, err := namespace.Client.BatchV1().CronJobs(namespace.Name).Get(t.Context(), "daybreak-night", metav1.GetOptions{})
	require.NoError(t, err)
	job := &batchv1.Job{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: cron.Spec.JobTemplate.Spec}
	container := &job.Spec.Template.Spec.Containers[0]
	container.Env = append(container.Env, corev1.EnvVar{Name: "DAYBREAK_DATE", Value: date}, corev1.EnvVar{Name: "DAYBREAK_OUTPUT", Value: "json"})
	none := int32(0)
	job.Spec.BackoffLimit = &none
	_, err = namespace.Client.BatchV1().Jobs(namespace.Name).Create(t.Context(), job, metav1.CreateOptions{})
	require.NoError(t, err)
	begin := time.Now()
	pod := namespace.AwaitAnyPod(t, metav1.ListOptions{LabelSelector: "batch.kubernetes.io/job-name=" + name}, func(pod *corev1.Pod) bool {
		return pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
	})
	printed := namespace.Output(t, pod.Name)
	var result nightResult
	require.NoError(t, json.Unmarshal([]byte(document(printed)), &result), printed)
	t.Logf("night %s of %s took %s: %s", name, date, time.Since(begin).Round(time.Second), summary(result))
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
