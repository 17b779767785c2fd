package launch

import (
	"context"
	"log/slog"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
)

// sweep deletes what earlier nights of the same model left: jobs that ended longer ago than their kind
// is kept. The night goes on where that fails; its successor tries again.
func (j Job) sweep(ctx context.Context, job *unstructured.Unstructured) {
	jobs := j.Cluster.Resource(j.Kind.resource)
	selector := labels.Set{modelLabel: job.GetLabels()[modelLabel]}.String()
	found, err := jobs.List(ctx, metav1.ListOptions{LabelSelector: selector})
	if err != nil {
		slog.Warn("jobs of earlier nights are not deleted", "kind", j.Kind.Name, "error", err)
		return
	}
	for _, earlier := range found.Items {
		if earlier.GetName() == job.GetName() || !j.Kind.expired(&earlier, time.Now()) {
			continue
		}
		uid, background := earlier.GetUID(), metav1.DeletePropagationBackground
		err := jobs.Delete(ctx, earlier.GetName(), metav1.DeleteOptions{
			Preconditions: &metav1.Preconditions{UID: &uid}, PropagationPolicy: &background,
		})
		if err != nil && !apierrors.IsNotFound(err) {
			slog.Warn("a job of an earlier night is not deleted", "kind", j.Kind.Name, "job", earlier.GetName(), "error", err)
			continue
		}
		slog.Info("deleted a job of an earlier night", "kind", j.Kind.Name, "job", earlier.GetName())
	}
}

// expired says whether the job ended longer ago than its kind is kept.
func (k Kind) expired(job *unstructured.Unstructured, now time.Time) bool {
	end := k.end(job)
	return end.Status != "" && !end.Since.IsZero() && now.Sub(end.Since) > k.keep
}
