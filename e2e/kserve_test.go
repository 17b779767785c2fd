package e2e

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/daybreak-ml/daybreak/e2e/testcluster"
)

const inferenceService = "InferenceService.v1beta1.serving.kserve.io"

// probeService is what testdata/inferenceservice-probe.yaml is given.
type probeService struct {
	Name, Image, Arguments string
}

func TestKServeRefusesAnInferenceServiceOfAnImpossibleName(t *testing.T) {
	t.Parallel()
	namespace := cluster.Namespace(t)

	err := namespace.TryApply(t, "inferenceservice-probe", probeService{"1st", testcluster.ProbeImage, "[serve]"})

	require.ErrorContains(t, err, `admission webhook "inferenceservice.kserve-webhook-server.validator" denied the request`)
	require.ErrorContains(t, err, "must start with alphabetical character")
}

func TestAnInferenceServiceOfAnOwnContainerIsReadyAndAnswers(t *testing.T) {
	t.Parallel()
	namespace := cluster.Namespace(t)
	namespace.Apply(t, "inferenceservice-probe", probeService{"own", testcluster.ProbeImage, "[serve, --version=3]"})

	namespace.AwaitCondition(t, inferenceService, "own", "Ready", "True")

	require.Equal(t, answer{"3", "/v1/models/own"}, ask(t, namespace, "own-predictor", "v1/models/own"))
}

func TestAModelIsFetchedByAStorageContainerAndServedByTheRuntimeOfItsFormat(t *testing.T) {
	t.Parallel()
	namespace := cluster.Namespace(t)
	namespace.Apply(t, "runtime-probe", map[string]any{"Name": namespace.Name})
	namespace.Apply(t, "inferenceservice-model", map[string]any{
		"Name": "fetched", "Format": namespace.Name, "URI": namespace.Name + "://11", "Replicas": 1,
	})

	service := namespace.AwaitCondition(t, inferenceService, "fetched", "Ready", "True")

	require.Equal(t, "UpToDate", testcluster.Text(service, "status", "modelStatus", "transitionStatus"))
	require.Equal(t, "11", ask(t, namespace, "fetched-predictor", "").Version)
}

func TestAnUpdateFailsNoRequest(t *testing.T) {
	t.Parallel()
	namespace := cluster.Namespace(t)
	namespace.Apply(t, "inferenceservice-probe", probeService{"moving", testcluster.ProbeImage, "[serve, --version=1]"})
	namespace.AwaitCondition(t, inferenceService, "moving", "Ready", "True")
	asker := startAsker(t, namespace, "asker", "http://moving-predictor."+namespace.Name+".svc")

	namespace.Apply(t, "inferenceservice-probe", probeService{"moving", testcluster.ProbeImage, "[serve, --version=2]"})
	awaitPodsOfOneVersion(t, namespace, "moving")
	counted := asker.await(t, "the new version", func(counted tally) bool { return counted.Versions["2"] > 50 })

	require.Zero(t, counted.Failed, "%d of %d failed: %v", counted.Failed, counted.Asked, counted.Failures)
	require.Positive(t, counted.Versions["1"])
}

func TestAnImageThatCannotBeHadIsNamedInTheStatus(t *testing.T) {
	t.Parallel()
	namespace := cluster.Namespace(t)
	namespace.Apply(t, "inferenceservice-probe", probeService{"absent", "daybreak.dev/e2e/absent:1", "[serve]"})

	pods := metav1.ListOptions{LabelSelector: "serving.kserve.io/inferenceservice=absent"}
	pod := namespace.AwaitAnyPod(t, pods, func(pod *corev1.Pod) bool {
		waiting := firstContainer(pod).State.Waiting
		return waiting != nil && waiting.Reason == "ImagePullBackOff"
	})
	require.Contains(t, firstContainer(pod).State.Waiting.Message, `Back-off pulling image "daybreak.dev/e2e/absent:1"`)
	service := namespace.AwaitCondition(t, inferenceService, "absent", "Ready", "False")
	require.Equal(t, "Deployment does not have minimum availability.", testcluster.Condition(service, "Ready")["message"])
}

func firstContainer(pod *corev1.Pod) corev1.ContainerStatus {
	if len(pod.Status.ContainerStatuses) == 0 {
		return corev1.ContainerStatus{}
	}
	return pod.Status.ContainerStatuses[0]
}

// answer is what the probe's serve answers.
type answer struct {
	Version string `json:"model_version"`
	Path    string `json:"path"`
}

func ask(t *testing.T, namespace *testcluster.Namespace, service, path string) answer {
	t.Helper()
	var given answer
	require.NoError(t, namespace.Call(t, service, 80, path, "", &given))
	return given
}

// asker is a pod that asks a Service all the while.
type asker struct {
	namespace *testcluster.Namespace
	pod       string
}

// startAsker returns when the first answer has come.
func startAsker(t *testing.T, namespace *testcluster.Namespace, pod, url string, flags ...string) asker {
	t.Helper()
	arguments := append([]string{"ask", url}, flags...)
	asker := asker{namespace, pod}
	namespace.Start(t, testcluster.Probe(asker.pod, arguments...))
	asker.await(t, "a first answer", func(counted tally) bool { return counted.Asked > 0 })
	return asker
}

// await waits until the count so far is as wanted, and returns it.
func (a asker) await(t *testing.T, what string, reached func(tally) bool) tally {
	t.Helper()
	var counted tally
	require.Eventually(t, func() bool {
		content, err := a.namespace.Client.CoreV1().RESTClient().Get().Namespace(a.namespace.Name).
			Resource("pods").Name(a.pod + ":8080").SubResource("proxy").DoRaw(t.Context())
		return err == nil && json.Unmarshal(content, &counted) == nil && reached(counted)
	}, testcluster.Patience, 200*time.Millisecond, "the asker waits for %s in vain: %+v", what, counted)
	return counted
}

// awaitPodsOfOneVersion waits until the new ReplicaSet's pods are all there are.
func awaitPodsOfOneVersion(t *testing.T, namespace *testcluster.Namespace, service string) {
	t.Helper()
	require.Eventually(t, func() bool {
		deployment, err := namespace.Client.AppsV1().Deployments(namespace.Name).Get(t.Context(), service+"-predictor", metav1.GetOptions{})
		if err != nil || deployment.Status.ObservedGeneration < deployment.Generation ||
			deployment.Status.UpdatedReplicas != deployment.Status.Replicas || deployment.Status.AvailableReplicas == 0 {
			return false
		}
		pods, err := namespace.Client.CoreV1().Pods(namespace.Name).List(t.Context(), metav1.ListOptions{
			LabelSelector: "serving.kserve.io/inferenceservice=" + service,
		})
		return err == nil && len(pods.Items) == 1 && pods.Items[0].Status.Phase == corev1.PodRunning
	}, testcluster.Patience, 200*time.Millisecond, "the update of %s does not end", service)
}
