package e2e

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/daybreak-ml/daybreak/e2e/testcluster"
)

// tally is what the probe's ask prints.
type tally struct {
	Asked    int
	Failed   int
	Failures []string
	Versions map[string]int
}

func readTally(t *testing.T, printed string) tally {
	t.Helper()
	var counted tally
	require.NoError(t, json.Unmarshal([]byte(printed), &counted), printed)
	return counted
}

func TestAPodFindsAServiceByItsNameAndIsAnswered(t *testing.T) {
	t.Parallel()
	namespace := cluster.Namespace(t)
	namespace.Start(t, testcluster.Probe("server", "serve", "--version=7"))
	_, err := cluster.Client.CoreV1().Services(namespace.Name).Create(t.Context(), &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: "answers"},
		Spec: corev1.ServiceSpec{
			Selector: map[string]string{"app": "server"},
			Ports:    []corev1.ServicePort{{Port: 80, TargetPort: intstr.FromInt32(8080)}},
		},
	}, metav1.CreateOptions{})
	require.NoError(t, err)

	namespace.Start(t, testcluster.Probe("client", "ask", "http://answers."+namespace.Name+".svc", "--limit=50"))
	counted := readTally(t, namespace.Output(t, "client"))

	require.Equal(t, map[string]int{"7": 50}, counted.Versions)
	require.Zero(t, counted.Failed, counted.Failures)
}

func TestAVolumeIsWrittenByAPodOfNoOneAndReadByTheNext(t *testing.T) {
	t.Parallel()
	namespace := cluster.Namespace(t)
	claims := cluster.Client.CoreV1().PersistentVolumeClaims(namespace.Name)
	_, err := claims.Create(t.Context(), &corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Name: "data"},
		Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			Resources:   corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}},
		},
	}, metav1.CreateOptions{})
	require.NoError(t, err)

	namespace.Start(t, withVolume(testcluster.Probe("writer", "write", "/data/note", "kept"), "data"))
	namespace.Output(t, "writer")
	namespace.Start(t, withVolume(testcluster.Probe("reader", "read", "/data/note"), "data"))

	require.Equal(t, "kept", namespace.Output(t, "reader"))
}

func TestARestrictedNamespaceRefusesAPodThatMayBecomeRoot(t *testing.T) {
	t.Parallel()
	namespace := cluster.Namespace(t)
	pod := testcluster.Probe("root", "serve")
	pod.Spec.Containers[0].SecurityContext = nil

	_, err := cluster.Client.CoreV1().Pods(namespace.Name).Create(t.Context(), pod, metav1.CreateOptions{})

	require.True(t, apierrors.IsForbidden(err), "%v", err)
	require.ErrorContains(t, err, `violates PodSecurity "restricted:latest"`)
}

func TestAPodOverItsMemoryLimitIsSaidToBeOutOfMemory(t *testing.T) {
	t.Parallel()
	namespace := cluster.Namespace(t)
	pod := testcluster.Probe("greedy", "allocate", "200")
	pod.Spec.Containers[0].Resources.Limits = corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("64Mi")}
	namespace.Start(t, pod)

	ended := namespace.AwaitPod(t, "greedy", func(pod *corev1.Pod) bool { return pod.Status.Phase == corev1.PodFailed })

	require.Equal(t, "OOMKilled", ended.Status.ContainerStatuses[0].State.Terminated.Reason)
}

func withVolume(pod *corev1.Pod, claim string) *corev1.Pod {
	pod.Spec.Volumes = []corev1.Volume{{Name: "data", VolumeSource: corev1.VolumeSource{
		PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: claim},
	}}}
	pod.Spec.Containers[0].VolumeMounts = []corev1.VolumeMount{{Name: "data", MountPath: "/data"}}
	return pod
}
