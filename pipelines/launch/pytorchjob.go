package launch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/daybreak-ml/daybreak/pipelines/cluster"
)

const (
	// pollInterval is how often the job is looked at.
	pollInterval = time.Second
	// trainingContainer is the container by whose name the Training Operator finds the training.
	trainingContainer = "pytorch"
	// jobLabel is set by the operator on a job's pods.
	jobLabel = "training.kubeflow.org/job-name"
)

// PyTorchJob trains in pods of the cluster, by a PyTorchJob of the Kubeflow Training Operator. Its
// pods must see the events, the settings and the models' folder under the paths that the night sees
// them: the template mounts the same volumes in the same places.
//
// The job's name is the night's, so that a night that is started again finds the job it had made, and
// waits for it if it still runs. One that has ended without leaving the model is replaced.
type PyTorchJob struct {
	Cluster  cluster.Cluster
	Template *unstructured.Unstructured
	Timeout  time.Duration // for the job to end
}

// Train has the job made and returns once it has succeeded.
func (l PyTorchJob) Train(ctx context.Context, training Training) error {
	job, err := l.job(training)
	if err != nil {
		return fmt.Errorf("PyTorchJob of the model as of %s: %w", training.AsOf, err)
	}
	name := job.GetName()
	ctx, cancel := context.WithTimeoutCause(ctx, l.Timeout, fmt.Errorf("it has not ended within %s", l.Timeout))
	defer cancel()
	if err := l.ensure(ctx, job, filepath.Dir(training.ModelDir)); err != nil {
		return fmt.Errorf("PyTorchJob %s: %w", name, err)
	}
	if err := l.await(ctx, name); err != nil {
		return fmt.Errorf("PyTorchJob %s: %w", name, err)
	}
	if _, err := os.Stat(training.ModelDir); err != nil {
		return fmt.Errorf("PyTorchJob %s succeeded, yet there is no model here (%w): its template must mount the volume of %s where the night mounts it",
			name, err, filepath.Dir(training.ModelDir))
	}
	return nil
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
		var args []any
		for _, arg := range training.args() {
			args = append(args, arg)
		}
		containers[at].(map[string]any)["args"] = args
		if err := unstructured.SetNestedSlice(job.Object, containers, path...); err != nil {
			return nil, fmt.Errorf("its template: %w", err)
		}
	}
	return job, nil
}

var (
	notInName = regexp.MustCompile(`[^a-z0-9]+`)
	validName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,50}[a-z0-9]$`) // with -master-0 behind it, a host name's label
)

// jobName is the registered model's name and the model folder's, which names the night.
func jobName(training Training) (string, error) {
	name := strings.Trim(notInName.ReplaceAllString(strings.ToLower(training.ModelName+"-"+filepath.Base(training.ModelDir)), "-"), "-")
	if !validName.MatchString(name) {
		return "", fmt.Errorf("the job would be named %q; its name must start with a letter and have at most 52 characters: use a shorter --model-name", name)
	}
	return name, nil
}

// ensure makes sure that a job of the name is under way, or has just been made. One that is under way
// is left alone: an earlier attempt of this night made it.
func (l PyTorchJob) ensure(ctx context.Context, job *unstructured.Unstructured, models string) error {
	jobs := l.Cluster.Resource(cluster.PyTorchJobs)
	found, err := jobs.Get(ctx, job.GetName(), metav1.GetOptions{})
	switch {
	case err == nil && !ended(found) && found.GetDeletionTimestamp() == nil:
		slog.Info("the night's PyTorchJob is under way", "job", job.GetName())
		return nil
	case err == nil:
		slog.Info("an earlier PyTorchJob of the night left no model and is replaced", "job", job.GetName())
		if err := l.remove(ctx, found.GetName(), found.GetUID()); err != nil {
			return fmt.Errorf("remove the one of an earlier attempt: %w", err)
		}
	case !apierrors.IsNotFound(err):
		return err
	}
	if err := clearLeftovers(models); err != nil {
		return err
	}
	_, err = jobs.Create(ctx, job, metav1.CreateOptions{FieldManager: cluster.FieldManager, FieldValidation: metav1.FieldValidationStrict})
	return err
}

// remove deletes a job and returns when it and its pods are gone.
func (l PyTorchJob) remove(ctx context.Context, name string, uid types.UID) error {
	jobs := l.Cluster.Resource(cluster.PyTorchJobs)
	foreground := metav1.DeletePropagationForeground
	err := jobs.Delete(ctx, name, metav1.DeleteOptions{
		Preconditions: &metav1.Preconditions{UID: &uid}, PropagationPolicy: &foreground,
	})
	for err == nil {
		if err = pause(ctx); err == nil {
			_, err = jobs.Get(ctx, name, metav1.GetOptions{})
		}
	}
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

// await returns when the job has succeeded.
func (l PyTorchJob) await(ctx context.Context, name string) error {
	for {
		job, err := l.Cluster.Resource(cluster.PyTorchJobs).Get(ctx, name, metav1.GetOptions{})
		switch {
		case apierrors.IsNotFound(err):
			return errors.New("someone deleted it before it ended; run the night again")
		case err != nil && ctx.Err() == nil && !passing(err):
			return err
		case err == nil && cluster.ConditionOf(job, "Succeeded").Status == "True":
			return nil
		case err == nil && cluster.ConditionOf(job, "Failed").Status == "True":
			return fmt.Errorf("failed: %s (%s)", cluster.ConditionOf(job, "Failed").Message, l.why(ctx, name))
		}
		if err := pause(ctx); err != nil {
			return fmt.Errorf("%w (%s)", err, l.why(ctx, name))
		}
	}
}

// why says what is wrong with the job's pods, even when the time for the job is up.
func (l PyTorchJob) why(ctx context.Context, name string) string {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return l.Cluster.WhyPodsFail(ctx, jobLabel+"="+name)
}

// passing says whether an API server that is asked again may answer: it restarts, or is busy.
func passing(err error) bool {
	var status apierrors.APIStatus
	return !errors.As(err, &status) || apierrors.IsServerTimeout(err) || apierrors.IsTimeout(err) ||
		apierrors.IsTooManyRequests(err) || apierrors.IsServiceUnavailable(err) || apierrors.IsInternalError(err)
}

func ended(job *unstructured.Unstructured) bool {
	return cluster.ConditionOf(job, "Succeeded").Status == "True" || cluster.ConditionOf(job, "Failed").Status == "True"
}

// pause waits until it is time to look again.
func pause(ctx context.Context) error {
	timer := time.NewTimer(pollInterval)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

// clearLeftovers removes what trainers that were killed left among the models. No training may be
// under way.
func clearLeftovers(models string) error {
	entries, err := os.ReadDir(models)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), ".") {
			if err := os.RemoveAll(filepath.Join(models, entry.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}
