package cluster

import (
	"context"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// WhyPodsFail says, in a line for each container or pod that isn't well among those that the selector
// names, what it is that keeps it from running or how it ended. It says so too where there is no pod,
// or where pods can't be read: it is for the end of an error's text.
func (c Cluster) WhyPodsFail(ctx context.Context, selector string) string {
	list, err := c.Resource(pods).List(ctx, metav1.ListOptions{LabelSelector: selector})
	if err != nil {
		return fmt.Sprintf("its pods can't be read: %v", err)
	}
	if len(list.Items) == 0 {
		return "it has no pods"
	}
	var reasons []string
	for _, item := range list.Items {
		var pod corev1.Pod
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(item.Object, &pod); err != nil {
			return fmt.Sprintf("its pods can't be read: %v", err)
		}
		reasons = append(reasons, why(pod)...)
	}
	if len(reasons) == 0 {
		return "nothing is wrong with its pods"
	}
	return strings.Join(reasons, "; ")
}

// why says what is wrong with a pod.
func why(pod corev1.Pod) []string {
	var reasons []string
	add := func(where, reason, message string) {
		text := where + ": " + reason
		if message = strings.TrimSpace(message); message != "" {
			text += ": " + message
		}
		reasons = append(reasons, text)
	}
	if pod.Status.Reason != "" { // Evicted, DeadlineExceeded
		add("pod "+pod.Name, pod.Status.Reason, pod.Status.Message)
	}
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodScheduled && condition.Status == corev1.ConditionFalse {
			add("pod "+pod.Name, condition.Reason, condition.Message)
		}
	}
	for _, containers := range [][]corev1.ContainerStatus{pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses} {
		for _, container := range containers {
			where := fmt.Sprintf("pod %s, container %s", pod.Name, container.Name)
			ended := container.State.Terminated
			if ended == nil {
				ended = container.LastTerminationState.Terminated
			}
			if waiting := container.State.Waiting; waiting != nil && waiting.Reason != "PodInitializing" && waiting.Reason != "ContainerCreating" {
				add(where, waiting.Reason, waiting.Message)
			}
			if ended != nil && ended.ExitCode != 0 {
				add(where, fmt.Sprintf("%s, exit code %d", ended.Reason, ended.ExitCode), ended.Message)
			}
		}
	}
	return reasons
}
