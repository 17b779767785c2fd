package cluster

import (
	"fmt"
	"log/slog"
	"regexp"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	coordination "k8s.io/client-go/kubernetes/typed/coordination/v1"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
)

// FieldManager is who the API server is told has set a field.
const FieldManager = "daybreak"

// The resources that a night works with.
var (
	PyTorchJobs       = schema.GroupVersionResource{Group: "kubeflow.org", Version: "v1", Resource: "pytorchjobs"}
	TrainJobs         = schema.GroupVersionResource{Group: "trainer.kubeflow.org", Version: "v1alpha1", Resource: "trainjobs"}
	InferenceServices = schema.GroupVersionResource{Group: "serving.kserve.io", Version: "v1beta1", Resource: "inferenceservices"}
	pods              = schema.GroupVersionResource{Version: "v1", Resource: "pods"}
)

// Cluster is a namespace of a cluster.
type Cluster struct {
	Objects   dynamic.Interface
	Leases    coordination.LeasesGetter
	Namespace string
}

// Connect finds the cluster as kubectl does: by KUBECONFIG or ~/.kube/config, and inside of a pod by
// its service account. An empty namespace is the one that these name.
func Connect(namespace string) (Cluster, error) {
	found := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(
		clientcmd.NewDefaultClientConfigLoadingRules(), &clientcmd.ConfigOverrides{})
	config, err := found.ClientConfig()
	if err != nil {
		return Cluster{}, fmt.Errorf("find the cluster: %w; run in a pod with a service account, or set KUBECONFIG", err)
	}
	if namespace == "" {
		if namespace, _, err = found.Namespace(); err != nil {
			return Cluster{}, fmt.Errorf("find the namespace: %w", err)
		}
	}
	objects, err := dynamic.NewForConfig(config)
	if err != nil {
		return Cluster{}, fmt.Errorf("make a client of the cluster: %w", err)
	}
	leases, err := coordination.NewForConfig(config)
	if err != nil {
		return Cluster{}, fmt.Errorf("make a client of the cluster's Leases: %w", err)
	}
	klog.SetSlogLogger(slog.Default()) // what client-go logs is then of one form with all else
	return Cluster{Objects: objects, Leases: leases, Namespace: namespace}, nil
}

// Resource gives access to the namespace's objects of a resource.
func (c Cluster) Resource(resource schema.GroupVersionResource) dynamic.ResourceInterface {
	return c.Objects.Resource(resource).Namespace(c.Namespace)
}

var notInName = regexp.MustCompile(`[^a-z0-9]+`)

// NameOf is a text as the name of an object: in lower case, and a hyphen for what no name may have.
func NameOf(text string) string {
	return strings.Trim(notInName.ReplaceAllString(strings.ToLower(text), "-"), "-")
}
