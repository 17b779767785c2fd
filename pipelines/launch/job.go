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
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"github.com/daybreak-ml/daybreak/pipelines/cluster"
)

// pollInterval is how often a job is looked at.
const pollInterval = time.Second

// Job trains in pods of the cluster, by a job that an operator runs. Its pods must see the events, the
// settings and the models' folder under the paths that the night sees them: the template, or the runtime
// that it refers to, mounts the same volumes in the same places.
//
// The job's name is the night's, so that a night that is started again finds the job it had made, and
// waits for it if it still runs. One that has ended without leaving the model is replaced.
type Job struct {
	Kind     Kind
	Cluster  cluster.Cluster
	Template *unstructured.Unstructured
	Image    string        // the trainer's; empty: the template's or the runtime's
	Timeout  time.Duration // for the job to end
}

// Train has the job made and returns once it has succeeded.
func (j Job) Train(ctx context.Context, training Training) error {
	job, err := j.job(training)
	if err != nil {
		return fmt.Errorf("%s of the model as of %s: %w", j.Kind.Name, training.AsOf, err)
	}
	if j.Kind.keep > 0 {
		j.sweep(ctx, job)
	}
	return attempt{j.Cluster, j.Kind, job}.train(ctx, training, j.Timeout)
}

// job fills the template in.
func (j Job) job(training Training) (*unstructured.Unstructured, error) {
	job := j.Template.DeepCopy()
	name, err := jobName(training)
	if err != nil {
		return nil, err
	}
	job.SetName(name)
	job.SetNamespace(j.Cluster.Namespace)
	if err := unstructured.SetNestedField(job.Object, cluster.NameOf(training.ModelName), "metadata", "labels", modelLabel); err != nil {
		return nil, fmt.Errorf("its template: %w", err)
	}
	if err := j.Kind.fill(job, arguments(training), j.Image); err != nil {
		return nil, fmt.Errorf("its template: %w", err)
	}
	return job, nil
}

// modelLabel says on a job which registered model it trains.
const modelLabel = "app.kubernetes.io/instance"

// attempt is an attempt at a night's training by a job, which bears the night's name.
type attempt struct {
	cluster cluster.Cluster
	kind    Kind
	job     *unstructured.Unstructured
}

func (a attempt) jobs() dynamic.ResourceInterface { return a.cluster.Resource(a.kind.resource) }

// train returns once the job has succeeded and the model is there.
func (a attempt) train(ctx context.Context, training Training, timeout time.Duration) error {
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("it has not ended within %s", timeout))
	defer cancel()
	models := filepath.Dir(training.ModelDir)
	err := a.ensure(ctx, models)
	if err == nil {
		err = a.await(ctx)
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w", a.kind.Name, a.job.GetName(), err)
	}
	if _, err := os.Stat(training.ModelDir); err != nil {
		return fmt.Errorf("%s %s succeeded, yet there is no model here (%w): its template must mount the volume of %s where the night mounts it",
			a.kind.Name, a.job.GetName(), err, models)
	}
	return nil
}

// arguments are the training's as an object's field.
func arguments(training Training) []any {
	var args []any
	for _, arg := range training.args() {
		args = append(args, arg)
	}
	return args
}

var validName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,50}[a-z0-9]$`) // with -master-0 behind it, a host name's label

// jobName is the registered model's name and the model folder's, which names the night.
func jobName(training Training) (string, error) {
	name := cluster.NameOf(training.ModelName + "-" + filepath.Base(training.ModelDir))
	if !validName.MatchString(name) {
		return "", fmt.Errorf("the job would be named %q; its name must start with a letter and have at most 52 characters: use a shorter --model-name", name)
	}
	return name, nil
}

// ensure makes sure that a job of the name is under way, or has just been made. One that is under way
// is left alone: an earlier attempt of this night made it.
func (a attempt) ensure(ctx context.Context, models string) error {
	name := a.job.GetName()
	found, err := a.jobs().Get(ctx, name, metav1.GetOptions{})
	switch {
	case err == nil && !a.kind.ended(found) && found.GetDeletionTimestamp() == nil:
		slog.Info("the night's job is under way", "kind", a.kind.Name, "job", name)
		return nil
	case err == nil:
		slog.Info("an earlier job of the night left no model and is replaced", "kind", a.kind.Name, "job", name)
		if err := a.remove(ctx, found.GetUID()); err != nil {
			return fmt.Errorf("remove the one of an earlier attempt: %w", err)
		}
	case !apierrors.IsNotFound(err):
		return err
	}
	if err := clearLeftovers(models); err != nil {
		return err
	}
	_, err = a.jobs().Create(ctx, a.job, metav1.CreateOptions{FieldManager: cluster.FieldManager, FieldValidation: metav1.FieldValidationStrict})
	return err
}

// remove deletes an earlier job of the name and returns when it and its pods are gone.
func (a attempt) remove(ctx context.Context, uid types.UID) error {
	foreground := metav1.DeletePropagationForeground
	err := a.jobs().Delete(ctx, a.job.GetName(), metav1.DeleteOptions{
		Preconditions: &metav1.Preconditions{UID: &uid}, PropagationPolicy: &foreground,
	})
	for err == nil {
		if err = pause(ctx); err == nil {
			_, err = a.jobs().Get(ctx, a.job.GetName(), metav1.GetOptions{})
		}
	}
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

// await returns when the job has succeeded.
func (a attempt) await(ctx context.Context) error {
	for {
		job, err := a.jobs().Get(ctx, a.job.GetName(), metav1.GetOptions{})
		switch {
		case apierrors.IsNotFound(err):
			return errors.New("someone deleted it before it ended; run the night again")
		case err != nil && ctx.Err() == nil && !passing(err):
			return err
		case err == nil && cluster.ConditionOf(job, a.kind.succeeded).Status == "True":
			return nil
		case err == nil && cluster.ConditionOf(job, a.kind.failed).Status == "True":
			return fmt.Errorf("failed: %s (%s)", cluster.ConditionOf(job, a.kind.failed).Message, a.why(ctx))
		}
		if err := pause(ctx); err != nil {
			return fmt.Errorf("%w (%s)", err, a.why(ctx))
		}
	}
}

// why says what is wrong with the job's pods, even when the time for the job is up.
func (a attempt) why(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return a.cluster.WhyPodsFail(ctx, a.kind.podLabel+"="+a.job.GetName())
}

// passing says whether an API server that is asked again may answer: it restarts, or is busy.
func passing(err error) bool {
	var status apierrors.APIStatus
	return !errors.As(err, &status) || apierrors.IsServerTimeout(err) || apierrors.IsTimeout(err) ||
		apierrors.IsTooManyRequests(err) || apierrors.IsServiceUnavailable(err) || apierrors.IsInternalError(err)
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
