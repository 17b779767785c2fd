package testcluster

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/daybreak-ml/daybreak/e2e/cluster/await"
)

// ProbeImage is the image of e2e/probe, which the cluster holds from its start.
const ProbeImage = "daybreak.dev/e2e/probe:1"

// Restricted is a container's security context that the Pod Security Standard
// "restricted" asks for.
func Restricted() *corev1.SecurityContext {
	no, yes := false, true
	return &corev1.SecurityContext{
		AllowPrivilegeEscalation: &no, RunAsNonRoot: &yes,
		Capabilities:   &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
		SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
	}
}

// Probe is a pod of one container that runs the probe once.
func Probe(name string, arguments ...string) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"app": name}},
		Spec: corev1.PodSpec{
			RestartPolicy: corev1.RestartPolicyNever,
			Containers: []corev1.Container{{
				Name: "probe", Image: ProbeImage, Args: arguments, SecurityContext: Restricted(),
				ImagePullPolicy: corev1.PullIfNotPresent,
			}},
		},
	}
}

// Start creates a pod.
func (n *Namespace) Start(t *testing.T, pod *corev1.Pod) {
	t.Helper()
	_, err := n.Client.CoreV1().Pods(n.Name).Create(t.Context(), pod, metav1.CreateOptions{})
	require.NoError(t, err)
}

// AwaitPod reads a pod until reached says that it is as wanted, and returns it.
func (n *Namespace) AwaitPod(t *testing.T, name string, reached func(*corev1.Pod) bool) *corev1.Pod {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), Patience)
	defer cancel()
	var pod *corev1.Pod
	err := await.True(ctx, 200*time.Millisecond, func() (bool, error) {
		var err error
		pod, err = n.Client.CoreV1().Pods(n.Name).Get(ctx, name, metav1.GetOptions{})
		return err == nil && reached(pod), err
	})
	require.NoError(t, err, "pod %s", name)
	return pod
}

// AwaitAnyPod looks at the pods of a list until reached says of one of them that
// it is as wanted, and returns it.
func (n *Namespace) AwaitAnyPod(t *testing.T, options metav1.ListOptions, reached func(*corev1.Pod) bool) *corev1.Pod {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), Patience)
	defer cancel()
	var found *corev1.Pod
	err := await.True(ctx, 200*time.Millisecond, func() (bool, error) {
		pods, err := n.Client.CoreV1().Pods(n.Name).List(ctx, options)
		if err != nil {
			return false, err
		}
		for i := range pods.Items {
			if reached(&pods.Items[i]) {
				found = &pods.Items[i]
			}
		}
		return found != nil, nil
	})
	require.NoError(t, err, "a pod of %s", options.LabelSelector)
	return found
}

// AwaitNoPod waits until no pod of a list is left.
func (n *Namespace) AwaitNoPod(t *testing.T, options metav1.ListOptions) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), Patience)
	defer cancel()
	err := await.True(ctx, 200*time.Millisecond, func() (bool, error) {
		pods, err := n.Client.CoreV1().Pods(n.Name).List(ctx, options)
		return err == nil && len(pods.Items) == 0, err
	})
	require.NoError(t, err, "pods of %s are left", options.LabelSelector)
}

// AwaitLog waits until a container has printed the text.
func (n *Namespace) AwaitLog(t *testing.T, pod, container, text string) {
	t.Helper()
	var logs string
	ctx, cancel := context.WithTimeout(t.Context(), Patience)
	defer cancel()
	err := await.True(ctx, 200*time.Millisecond, func() (bool, error) {
		var err error
		logs, err = n.Logs(ctx, pod, container)
		return err == nil && strings.Contains(logs, text), err
	})
	require.NoError(t, err, "pod %s does not say %q but %s", pod, text, logs)
}

// Output waits for a pod to succeed and returns what it printed.
func (n *Namespace) Output(t *testing.T, pod string) string {
	t.Helper()
	ended := n.AwaitPod(t, pod, func(pod *corev1.Pod) bool {
		return pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
	})
	logs, err := n.Logs(t.Context(), pod, ended.Spec.Containers[0].Name)
	require.NoError(t, err)
	require.Equal(t, corev1.PodSucceeded, ended.Status.Phase, "pod %s printed: %s", pod, logs)
	return logs
}

// Call asks a Service of the namespace through the API server: GET, or POST when
// there is a body. The answer is decoded into it.
func (n *Namespace) Call(t *testing.T, service string, port int32, path, body string, answer any) error {
	t.Helper()
	request := n.Client.CoreV1().RESTClient().Get()
	if body != "" {
		request = n.Client.CoreV1().RESTClient().Post().Body([]byte(body)).SetHeader("Content-Type", "application/json")
	}
	content, err := request.Namespace(n.Name).Resource("services").Name(fmt.Sprintf("http:%s:%d", service, port)).
		SubResource("proxy").Suffix(path).DoRaw(t.Context())
	if err != nil {
		return err
	}
	return json.Unmarshal(content, answer)
}
