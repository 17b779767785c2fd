package launch

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/daybreak-ml/daybreak/pipelines/cluster"
)

// trainJobs are jobs of Kubeflow Trainer, which makes them JobSets of the same name.
var trainJobs = kind{
	name: "TrainJob", resource: cluster.TrainJobs, succeeded: "Complete", failed: "Failed",
	podLabel: "jobset.sigs.k8s.io/jobset-name",
}

// TrainJob trains in pods of the cluster, by a TrainJob of Kubeflow Trainer (v2). All that is said of a
// [PyTorchJob] holds for it too; what its pods are is said by the runtime that the template refers to.
type TrainJob struct {
	Cluster  cluster.Cluster
	Template *unstructured.Unstructured
	Image    string        // the trainer's; empty: the template's or the runtime's
	Timeout  time.Duration // for the job to end
}

// Train has the job made and returns once it is complete.
func (l TrainJob) Train(ctx context.Context, training Training) error {
	job, err := l.job(training)
	if err != nil {
		return fmt.Errorf("TrainJob of the model as of %s: %w", training.AsOf, err)
	}
	return attempt{l.Cluster, trainJobs, job}.train(ctx, training, l.Timeout)
}

// job fills the template in.
func (l TrainJob) job(training Training) (*unstructured.Unstructured, error) {
	job := l.Template.DeepCopy()
	name, err := jobName(training)
	if err != nil {
		return nil, err
	}
	job.SetName(name)
	job.SetNamespace(l.Cluster.Namespace)
	trainer := map[string]any{"args": arguments(training)}
	if l.Image != "" {
		trainer["image"] = l.Image
	}
	for field, value := range trainer {
		if err := unstructured.SetNestedField(job.Object, value, "spec", "trainer", field); err != nil {
			return nil, fmt.Errorf("its template: %w", err)
		}
	}
	return job, nil
}
