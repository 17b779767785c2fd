package launch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/daybreak-ml/daybreak/pipelines/cluster"
)

// trainingContainer is the container by whose name the Training Operator finds the training.
const trainingContainer = "pytorch"

// pyTorchJobs are jobs of the Kubeflow Training Operator.
var pyTorchJobs = kind{
	name: "PyTorchJob", resource: cluster.PyTorchJobs, succeeded: "Succeeded", failed: "Failed",
	podLabel: "training.kubeflow.org/job-name",
}

// PyTorchJob trains in pods of the cluster, by a PyTorchJob of the Kubeflow Training Operator. Its
// pods must see the events, the settings and the models' folder under the paths that the night sees
// them: the template mounts the same volumes in the same places.
//
// The job's name is the night's, so that a night that is started again finds the job it had made, and
// waits for it if it still runs. One that has ended without leaving the model is replaced.
type PyTorchJob struct {
	Cluster  cluster.Cluster
	Template *unstructured.Unstructured
	Image    string        // the trainer's; empty: the template's
	Timeout  time.Duration // for the job to end
}

// Train has the job made and returns once it has succeeded.
func (l PyTorchJob) Train(ctx context.Context, training Training) error {
	job, err := l.job(training)
	if err != nil {
		return fmt.Errorf("PyTorchJob of the model as of %s: %w", training.AsOf, err)
	}
	return attempt{l.Cluster, pyTorchJobs, job}.train(ctx, training, l.Timeout)
}

// job fills the template in.
func (l PyTorchJob) job(training Training) (*unstructured.Unstructured, error) {
	job := l.Template.DeepCopy()
	name, err := jobName(training)
	if err != nil {
		return nil, err
	}
	job.SetName(name)
	job.SetNamespace(l.Cluster.Namespace)
	replicas, _, err := unstructured.NestedMap(job.Object, "spec", "pytorchReplicaSpecs")
	if err != nil {
		return nil, fmt.Errorf("its template: %w", err)
	}
	if len(replicas) == 0 {
		return nil, errors.New("its template has no spec.pytorchReplicaSpecs")
	}
	for role := range replicas {
		path := []string{"spec", "pytorchReplicaSpecs", role, "template", "spec", "containers"}
		containers, _, err := unstructured.NestedSlice(job.Object, path...)
		if err != nil {
			return nil, fmt.Errorf("its template: %w", err)
		}
		at := slices.IndexFunc(containers, func(entry any) bool {
			container, ok := entry.(map[string]any)
			return ok && container["name"] == trainingContainer
		})
		if at < 0 {
			return nil, fmt.Errorf("its template: %s must have a container named %s, by which the operator finds it", strings.Join(path, "."), trainingContainer)
		}
		container := containers[at].(map[string]any)
		container["args"] = arguments(training)
		if l.Image != "" {
			container["image"] = l.Image
		}
		if err := unstructured.SetNestedSlice(job.Object, containers, path...); err != nil {
			return nil, fmt.Errorf("its template: %w", err)
		}
	}
	return job, nil
}
