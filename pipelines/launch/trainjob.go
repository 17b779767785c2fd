package launch

import (
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/daybreak-ml/daybreak/pipelines/cluster"
)

// TrainJob is run by Kubeflow Trainer (v2), which makes it a JobSet of the same name. What its pods are is
// said by the runtime that the template refers to. Trainer deletes none that has ended, so that the nights do.
func TrainJob() Kind {
	return Kind{
		APIVersion: "trainer.kubeflow.org/v1alpha1", Name: "TrainJob",
		resource: cluster.TrainJobs, succeeded: "Complete", failed: "Failed",
		podLabel: "jobset.sigs.k8s.io/jobset-name", fill: fillTrainJob, keep: 24 * time.Hour,
	}
}

func fillTrainJob(job *unstructured.Unstructured, args []any, image string) error {
	if image != "" {
		if err := unstructured.SetNestedField(job.Object, image, "spec", "trainer", "image"); err != nil {
			return err
		}
	}
	return unstructured.SetNestedSlice(job.Object, args, "spec", "trainer", "args")
}
