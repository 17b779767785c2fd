package launch

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/daybreak-ml/daybreak/pipelines/cluster"
)

// PyTorchJob is run by the Kubeflow Training Operator. Its template says for how long one that has ended is kept.
func PyTorchJob() Kind {
	return Kind{
		APIVersion: "kubeflow.org/v1", Name: "PyTorchJob",
		resource: cluster.PyTorchJobs, succeeded: "Succeeded", failed: "Failed",
		podLabel: "training.kubeflow.org/job-name", fill: fillPyTorchJob,
	}
}

// trainingContainer is the container by whose name the Training Operator finds the training.
const trainingContainer = "pytorch"

func fillPyTorchJob(job *unstructured.Unstructured, args []any, image string) error {
	replicas, _, err := unstructured.NestedMap(job.Object, "spec", "pytorchReplicaSpecs")
	if err != nil {
		return err
	}
	if len(replicas) == 0 {
		return errors.New("it has no spec.pytorchReplicaSpecs")
	}
	for role := range replicas {
		path := []string{"spec", "pytorchReplicaSpecs", role, "template", "spec", "containers"}
		containers, _, err := unstructured.NestedSlice(job.Object, path...)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(containers, func(entry any) bool {
			container, ok := entry.(map[string]any)
			return ok && container["name"] == trainingContainer
		})
		if at < 0 {
			return fmt.Errorf("%s must have a container named %s, by which the operator finds it", strings.Join(path, "."), trainingContainer)
		}
		container := containers[at].(map[string]any)
		container["args"] = args
		if image != "" {
			container["image"] = image
		}
		if err := unstructured.SetNestedSlice(job.Object, containers, path...); err != nil {
			return err
		}
	}
	return nil
}
