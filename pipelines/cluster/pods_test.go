package cluster_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/dynamic/fake"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/daybreak-ml/daybreak/pipelines/cluster"
)

func TestWhatPodsSayOfWhyTheyFail(t *testing.T) {
	container := func(state corev1.ContainerState) corev1.PodStatus {
		return corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{{Name: "pytorch", State: state}}}
	}
	for _, c := range []struct {
		name   string
		status corev1.PodStatus
		want   string
	}{
		{
			"a container that ended with a message",
			container(corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Reason: "Error", ExitCode: 1, Message: "trainer: no events\n"}}),
			"pod master, container pytorch: Error, exit code 1: trainer: no events",
		},
		{
			"a container that took too much memory",
			container(corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Reason: "OOMKilled", ExitCode: 137}}),
			"pod master, container pytorch: OOMKilled, exit code 137",
		},
		{
			"an image that can't be had",
			container(corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ImagePullBackOff", Message: `Back-off pulling image "nosuch"`}}),
			`pod master, container pytorch: ImagePullBackOff: Back-off pulling image "nosuch"`,
		},
		{
			"a pod that no node takes",
			corev1.PodStatus{Conditions: []corev1.PodCondition{{
				Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: "Unschedulable", Message: "0/1 nodes are available: 1 Insufficient memory.",
			}}},
			"pod master: Unschedulable: 0/1 nodes are available: 1 Insufficient memory.",
		},
		{
			"an init container that fails again and again",
			corev1.PodStatus{InitContainerStatuses: []corev1.ContainerStatus{{
				Name:                 "storage-initializer",
				State:                corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff"}},
				LastTerminationState: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Reason: "Error", ExitCode: 1, Message: "version 99 not found"}},
			}}},
			"pod master, container storage-initializer: CrashLoopBackOff; pod master, container storage-initializer: Error, exit code 1: version 99 not found",
		},
		{
			"a container that starts",
			container(corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ContainerCreating"}}),
			"nothing is wrong with its pods",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			pod := &corev1.Pod{
				TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"},
				ObjectMeta: metav1.ObjectMeta{Name: "master", Namespace: "daybreak", Labels: map[string]string{"job": "night"}},
				Status:     c.status,
			}
			shop := cluster.Cluster{Objects: fake.NewSimpleDynamicClient(scheme.Scheme, pod), Namespace: "daybreak"}
			require.Equal(t, c.want, shop.WhyPodsFail(t.Context(), "job=night"))
			require.Equal(t, "it has no pods", shop.WhyPodsFail(t.Context(), "job=other"))
		})
	}
}
