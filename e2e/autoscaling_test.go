package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/daybreak-ml/daybreak/e2e/testcluster"
)

func TestAnAutoscalerReadsTheCPUOfPodsAndAddsOne(t *testing.T) {
	t.Parallel()
	namespace := cluster.Namespace(t)
	namespace.Apply(t, "autoscaled", nil)
	startAsker(t, namespace, "asker", "http://autoscaled."+namespace.Name+".svc")

	scaler := namespace.Await(t, "HorizontalPodAutoscaler.v2.autoscaling", "autoscaled", "a second replica", func(scaler *unstructured.Unstructured) bool {
		replicas, _, _ := unstructured.NestedInt64(scaler.Object, "status", "desiredReplicas")
		return replicas == 2
	})

	require.Equal(t, "True", testcluster.Condition(scaler, "ScalingActive")["status"])
	metrics, _, _ := unstructured.NestedSlice(scaler.Object, "status", "currentMetrics")
	require.NotEmpty(t, metrics)
	used, _, _ := unstructured.NestedInt64(metrics[0].(map[string]any), "resource", "current", "averageUtilization")
	require.Greater(t, used, int64(50))
	t.Logf("the pods use %d %% of the CPU that they asked for", used)
}
