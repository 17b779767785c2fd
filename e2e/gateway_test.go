package e2e

import (
	"math"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/daybreak-ml/daybreak/e2e/testcluster"
)

const httpRoute = "HTTPRoute.v1.gateway.networking.k8s.io"

func TestAGatewaySharesRequestsAmongTwoInferenceServicesByTheirWeights(t *testing.T) {
	t.Parallel()
	namespace := cluster.Namespace(t)
	for _, service := range []string{"old", "new"} {
		namespace.Apply(t, "inferenceservice-probe", probeService{service, testcluster.ProbeImage, "[serve, --version=" + service + "]"})
	}
	for _, service := range []string{"old", "new"} {
		namespace.AwaitCondition(t, inferenceService, service, "Ready", "True")
	}
	host := "shares." + namespace.Name + ".example.com"
	for i, weights := range []struct{ Old, New int }{{90, 10}, {50, 50}, {0, 100}} {
		namespace.Apply(t, "shares", map[string]any{"Host": host, "Old": weights.Old, "New": weights.New})
		awaitRoute(t, namespace, "shares")

		// The route's status tells that the weights were read, and not from when on they hold.
		var counted tally
		for attempt := 0; attempt < 10; attempt++ {
			counted = askGateway(t, namespace, "client-"+strconv.Itoa(i)+"-"+strconv.Itoa(attempt), host, "--limit=500", "--interval=1ms")
			require.Zero(t, counted.Failed, counted.Failures)
			if near(counted, "new", weights.New) {
				break
			}
		}
		t.Logf("weights %d to %d: %v", weights.Old, weights.New, counted.Versions)
		require.True(t, near(counted, "new", weights.New), "weights %d to %d, yet counted were %v", weights.Old, weights.New, counted.Versions)
	}
}

func TestAGatewaySpeaksHTTP2WithoutEncryptionToBothSides(t *testing.T) {
	t.Parallel()
	namespace := cluster.Namespace(t)
	host := "http2." + namespace.Name + ".example.com"
	namespace.Start(t, testcluster.Probe("http2", "serve", "--http2", "--version=7"))
	namespace.Apply(t, "http2", map[string]any{"Host": host})
	awaitRoute(t, namespace, "http2")

	counted := askGateway(t, namespace, "client", host, "--http2", "--limit=50")

	require.Equal(t, map[string]int{"7": 50}, counted.Versions)
	require.Zero(t, counted.Failed, counted.Failures)
}

// near says whether a version's share of the answers is as wanted, to 3 in 100.
func near(counted tally, version string, percent int) bool {
	return math.Abs(100*float64(counted.Versions[version])/float64(counted.Asked)-float64(percent)) <= 3
}

// awaitRoute waits until the Gateway has taken the route as it is now, and knows what it leads to.
func awaitRoute(t *testing.T, namespace *testcluster.Namespace, name string) {
	t.Helper()
	namespace.Await(t, httpRoute, name, "the Gateway to take it", func(route *unstructured.Unstructured) bool {
		parents, _, _ := unstructured.NestedSlice(route.Object, "status", "parents")
		if len(parents) != 1 {
			return false
		}
		parent := &unstructured.Unstructured{Object: map[string]any{"status": parents[0]}}
		for _, kind := range []string{"Accepted", "ResolvedRefs"} {
			condition := testcluster.Condition(parent, kind)
			if condition["status"] != "True" || condition["observedGeneration"] != route.GetGeneration() {
				return false
			}
		}
		return true
	})
}

// gatewayAddress is where the Gateway listens, by its own account.
func gatewayAddress(t *testing.T, namespace *testcluster.Namespace) string {
	t.Helper()
	gateways := testcluster.Namespace{Cluster: namespace.Cluster, Name: "kserve"}
	gateway := gateways.AwaitCondition(t, "Gateway.v1.gateway.networking.k8s.io", "kserve-ingress-gateway", "Programmed", "True")
	addresses, _, _ := unstructured.NestedSlice(gateway.Object, "status", "addresses")
	require.NotEmpty(t, addresses)
	return addresses[0].(map[string]any)["value"].(string)
}

// askGateway asks for a host by way of the Gateway, from a pod of the name.
func askGateway(t *testing.T, namespace *testcluster.Namespace, pod, host string, arguments ...string) tally {
	t.Helper()
	begin := time.Now()
	namespace.Start(t, testcluster.Probe(pod, append([]string{"ask", "http://" + gatewayAddress(t, namespace), "--host=" + host}, arguments...)...))
	counted := readTally(t, namespace.Output(t, pod))
	t.Logf("%s asked %d times in %s", pod, counted.Asked, time.Since(begin).Round(time.Second))
	return counted
}
