package launch

import (
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/daybreak-ml/daybreak/pipelines/cluster"
)

// Kind is a kind of job that an operator runs.
type Kind struct {
	APIVersion, Name  string
	resource          schema.GroupVersionResource
	succeeded, failed string // the conditions by which it has ended
	podLabel          string // which the operator sets on a job's pods, to the job's name

	// fill sets the trainer's arguments and, unless it is empty, its image.
	fill func(job *unstructured.Unstructured, args []any, image string) error

	// keep is how long a job that has ended is kept, where the operator itself deletes none. Zero: it does.
	keep time.Duration
}

// end is the condition by which the job has ended; its status is empty where it has not.
func (k Kind) end(job *unstructured.Unstructured) cluster.Condition {
	for _, name := range []string{k.succeeded, k.failed} {
		if condition := cluster.ConditionOf(job, name); condition.Status == "True" {
			return condition
		}
	}
	return cluster.Condition{}
}

func (k Kind) ended(job *unstructured.Unstructured) bool { return k.end(job).Status != "" }
