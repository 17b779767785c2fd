package e2e

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/daybreak-ml/daybreak/e2e/testcluster"
)

func TestTheThinNightOnTheCluster(t *testing.T) {
	overlay := standalone(t)
	namespace := install(t, overlay)
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
	service, err := namespace.Client.CoreV1().Services(namespace.Name).Get(t.Context(), "recommender-predictor", metav1.GetOptions{})
	require.NoError(t, err)
	require.Equal(t, "grpc", service.Spec.Ports[1].Name)
	require.Equal(t, "kubernetes.io/h2c", *service.Spec.Ports[1].AppProtocol, "gateways speak HTTP/2 to it")
	inside := startAsker(t, namespace, "inside", "http://recommender-predictor.daybreak.svc/v1/models/recommender:predict", "--body="+requestV1)
	outside := startAsker(t, namespace, "outside", "http://"+gatewayAddress(t, namespace)+"/v1/models/recommender:predict",
		"--host=recommender-daybreak.example.com", "--body="+requestV1)

	t.Log("a night with a model that learns nothing useful leaves the version that serves")
	sabotage(t, namespace)
	sabotaged := runNight(t, namespace, "sabotaged", "2025-01-27")
	require.Equal(t, "reject", sabotaged.Gate.Verdict, sabotaged.Gate.Reason)
	require.Equal(t, "2", sabotaged.Version)
	require.Equal(t, "1", sabotaged.ServingVersion)
	require.Equal(t, "reject", registry.version(t, "2").tag("daybreak.gate"))
	require.Equal(t, "mlflow://recommender/1", servedURI(t, namespace))

	t.Log("applying the overlay again undoes the sabotage, and changes no version")
	kubectl(t, "apply", "-k", overlay)
	require.Equal(t, "mlflow://recommender/1", servedURI(t, namespace))

	t.Log("the next night moves the service")
	next := runNight(t, namespace, "next", "2025-01-28")
	require.Equal(t, "promote", next.Gate.Verdict, next.Gate.Reason)
	require.Equal(t, "3", next.ServingVersion)
	require.Equal(t, "3", registry.alias(t, "champion"))
	require.Equal(t, "mlflow://recommender/3", servedURI(t, namespace))
	for _, client := range []asker{inside, outside} {
		counted := client.await(t, "the next version", func(counted tally) bool { return counted.Versions["3"] > 50 })
		require.Zero(t, counted.Failed, "%s: %d of %d failed: %v", client.pod, counted.Failed, counted.Asked, counted.Failures)
		require.Positive(t, counted.Versions["1"])
		require.Zero(t, counted.Versions["2"], "the rejected version")
		t.Logf("%s: %d answers, none failed: %v", client.pod, counted.Asked, counted.Versions)
	}

	t.Log("a night that is done is found to be")
	again := runNight(t, namespace, "again", "2025-01-28")
	require.Equal(t, "3", again.Version)
	require.Equal(t, "3", again.ServingVersion)
}

func TestANightTrainsByATrainJob(t *testing.T) {
	namespace := install(t, standalone(t, "trainjob"))
	registry := startMLflow(t)
	openStandaloneShop(t, namespace, registry)

	night := runNight(t, namespace, "first", "2025-01-26")

	require.Equal(t, "promote", night.Gate.Verdict)
	require.Equal(t, "1", night.ServingVersion)
	jobs := namespace.List(t, trainJob)
	require.Len(t, jobs, 1)
	require.Equal(t, "True", testcluster.Condition(&jobs[0], "Complete")["status"])
	require.Empty(t, namespace.List(t, pyTorchJob))
}

func TestANightWhoseTrainingFailsSaysWhyAndRegistersNothing(t *testing.T) {
	namespace := install(t, standalone(t))
	registry := startMLflow(t)
	openStandaloneShop(t, namespace, registry)
	setTraining(t, namespace, "no_such_setting: 1\n")

	startNight(t, namespace, "failing", "2025-01-26", 0)

	pod := namespace.AwaitAnyPod(t, nightPods("failing"), func(pod *corev1.Pod) bool { return pod.Status.Phase == corev1.PodFailed })
	message := pod.Status.ContainerStatuses[0].State.Terminated.Message
	require.Contains(t, message, "night of 2025-01-26: train: PyTorchJob recommender-2025-01-26-")
	require.Contains(t, message, `failed: job "recommender-2025-01-26-`)
	require.Contains(t, message, "container pytorch: Error, exit code")
	require.Contains(t, message, "no_such_setting", "what the trainer says of it")
	require.Empty(t, registry.versions(t))
}

func TestANightThatIsKilledIsFinishedByTheJobsNextPodWithOneRunAndOneVersion(t *testing.T) {
	namespace := install(t, standalone(t))
	registry := startMLflow(t)
	openStandaloneShop(t, namespace, registry)
	startNight(t, namespace, "killed", "2025-01-26", 3)
	pod := namespace.AwaitAnyPod(t, nightPods("killed"), func(*corev1.Pod) bool { return len(namespace.List(t, pyTorchJob)) == 1 })
	require.Equal(t, pod.Name+"/1", leaseHolder(t, namespace), "who works holds the Lease")

	now := int64(0)
	require.NoError(t, namespace.Client.CoreV1().Pods(namespace.Name).Delete(t.Context(), pod.Name, metav1.DeleteOptions{GracePeriodSeconds: &now}))
	night := awaitNight(t, namespace, "killed")

	require.Equal(t, "promote", night.Gate.Verdict)
	require.Equal(t, "1", night.ServingVersion)
	require.Len(t, registry.versions(t), 1)
	require.Len(t, registry.runs(t), 1)
	require.Len(t, namespace.List(t, pyTorchJob), 1)
	require.Empty(t, leaseHolder(t, namespace), "it is given back")
}

// leaseHolder is who holds the Lease of the registered model; the empty string: no one.
func leaseHolder(t *testing.T, namespace *testcluster.Namespace) string {
	t.Helper()
	lease, err := namespace.Client.CoordinationV1().Leases(namespace.Name).Get(t.Context(), "daybreak-recommender", metav1.GetOptions{})
	require.NoError(t, err)
	return *lease.Spec.HolderIdentity
}
