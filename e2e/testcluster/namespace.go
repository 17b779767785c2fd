package testcluster

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Namespace is a namespace of one test, in which the Pod Security Standard
// "restricted" is enforced.
type Namespace struct {
	*Cluster
	Name string
}

// Namespace makes a namespace that goes with the test. When the test has failed,
// what happened in it is logged first.
func (c *Cluster) Namespace(t *testing.T) *Namespace {
	t.Helper()
	created, err := c.Client.CoreV1().Namespaces().Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		GenerateName: "e2e-",
		Labels: map[string]string{
			"pod-security.kubernetes.io/enforce":         "restricted",
			"pod-security.kubernetes.io/enforce-version": "latest",
		},
	}}, metav1.CreateOptions{})
	require.NoError(t, err)
	namespace := &Namespace{Cluster: c, Name: created.Name}
	t.Cleanup(func() {
		ctx := context.Background() // the test's own has ended
		if t.Failed() {
			t.Log(namespace.story(ctx))
		}
		if err := c.Client.CoreV1().Namespaces().Delete(ctx, created.Name, metav1.DeleteOptions{}); err != nil {
			t.Error("delete the namespace:", err)
		}
	})
	// Without its account, which follows a moment later, the namespace admits no pod.
	namespace.Await(t, "ServiceAccount", "default", "being there", func(*unstructured.Unstructured) bool { return true })
	return namespace
}

// Logs are what a container of a pod has printed.
func (n *Namespace) Logs(ctx context.Context, pod, container string) (string, error) {
	stream, err := n.Client.CoreV1().Pods(n.Name).GetLogs(pod, &corev1.PodLogOptions{Container: container}).Stream(ctx)
	if err != nil {
		return "", err
	}
	content, err := io.ReadAll(stream)
	return string(content), errors.Join(err, stream.Close())
}

// story is the namespace's events and its pods' states and logs.
func (n *Namespace) story(ctx context.Context) string {
	var story strings.Builder
	line := func(parts ...string) { story.WriteString(strings.Join(parts, " ") + "\n") }
	line("what happened in namespace", n.Name)
	events, err := n.Client.CoreV1().Events(n.Name).List(ctx, metav1.ListOptions{})
	if err != nil {
		return err.Error()
	}
	for _, event := range events.Items {
		line("event:", event.InvolvedObject.Kind, event.InvolvedObject.Name, event.Reason, event.Message)
	}
	pods, err := n.Client.CoreV1().Pods(n.Name).List(ctx, metav1.ListOptions{})
	if err != nil {
		return err.Error()
	}
	for _, pod := range pods.Items {
		line("pod:", pod.Name, string(pod.Status.Phase), pod.Status.Message)
		for _, container := range append(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses...) {
			line("  container:", container.Name, container.State.String())
			logs, err := n.Logs(ctx, pod.Name, container.Name)
			if err != nil {
				logs = err.Error()
			}
			line(logs)
		}
	}
	return story.String()
}
