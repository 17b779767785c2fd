package handover

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
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
	// settledAnswers is how many answers in a row, each on a connection of its own, must name the
	// version until no pod of another is taken to be left.
	settledAnswers = 20
	// serviceLabel is set by KServe on a service's pods.
	serviceLabel = "serving.kserve.io/inferenceservice"
)

// storageURI is the field of an InferenceService that names the version.
var storageURI = []string{"spec", "predictor", "model", "storageUri"}

// InferenceService hands over to KServe: it applies the InferenceService of the template with the
// version's URI, mlflow://recommender/13, server-side and as field manager "daybreak". KServe fetches
// the version through the ClusterStorageContainer and replaces the pods once new ones are ready.
type InferenceService struct {
	Cluster  cluster.Cluster
	Template *unstructured.Unstructured // its name is the service's; without one, it is the model's
	Model    string                     // registered model
	Store    Local                      // where versions are downloaded to for the night's own use
	Timeout  time.Duration              // for the service to answer with the version alone
}

// Fetch makes sure that a version lies in the serving folder, verified, and returns its folder.
func (s InferenceService) Fetch(ctx context.Context, version string) (string, error) {
	return s.Store.Fetch(ctx, version)
}

// Clean removes what a killed download left in the serving folder.
func (s InferenceService) Clean() error { return s.Store.Clean() }

// HandOver makes the service answer with a version. When it returns without an error, the service is
// ready and answers with that version alone. Otherwise the pods of the version before still answer,
// and the InferenceService names that version again.
func (s InferenceService) HandOver(ctx context.Context, version string) error {
	wanted := "mlflow://" + s.Model + "/" + version
	before, err := s.applied(ctx)
	if err != nil {
		return fmt.Errorf("hand over version %s: %w", version, err)
	}
	if err := s.apply(ctx, wanted); err != nil {
		return fmt.Errorf("hand over version %s: %w", version, err)
	}
	waiting, cancel := context.WithTimeoutCause(ctx, s.Timeout, fmt.Errorf("it does not serve the version within %s", s.Timeout))
	defer cancel()
	if err := s.await(waiting, version); err != nil {
		err = fmt.Errorf("hand over version %s: InferenceService %s: %w", version, s.name(), err)
		if ctx.Err() != nil || before == "" || before == wanted {
			return err // the next attempt goes on; or there is nothing to go back to
		}
		slog.Warn("the InferenceService is taken back", "to", before)
		return errors.Join(err, s.apply(ctx, before))
	}
	return nil
}

func (s InferenceService) name() string {
	if name := s.Template.GetName(); name != "" {
		return name
	}
	return s.Model
}

// applied gives the URI that the InferenceService names; empty where there is none yet.
func (s InferenceService) applied(ctx context.Context) (string, error) {
	service, err := s.Cluster.Resource(cluster.InferenceServices).Get(ctx, s.name(), metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	uri, _, err := unstructured.NestedString(service.Object, storageURI...)
	return uri, err
}

// apply makes the InferenceService name a URI.
func (s InferenceService) apply(ctx context.Context, uri string) error {
	service := s.Template.DeepCopy()
	service.SetName(s.name())
	service.SetNamespace(s.Cluster.Namespace)
	if err := unstructured.SetNestedField(service.Object, uri, storageURI...); err != nil {
		return fmt.Errorf("template of the InferenceService: %w", err)
	}
	document, err := json.Marshal(service)
	if err != nil {
		return fmt.Errorf("template of the InferenceService: %w", err)
	}
	force := true // what the template says is ours, whoever changed it by hand
	_, err = s.Cluster.Resource(cluster.InferenceServices).Patch(ctx, s.name(), types.ApplyPatchType, document, metav1.PatchOptions{
		FieldManager: cluster.FieldManager, Force: &force, FieldValidation: metav1.FieldValidationStrict,
	})
	if err != nil {
		return fmt.Errorf("apply InferenceService %s with %s: %w", s.name(), uri, err)
	}
	slog.Info("applied", "inferenceservice", s.name(), "storage_uri", uri)
	return nil
}

// await returns when the service is ready and answers with the version alone.
func (s InferenceService) await(ctx context.Context, version string) error {
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	answers := 0
	state := errors.New("KServe has not looked at it yet")
	for answers < settledAnswers {
		address, err := s.address(ctx)
		if err == nil {
			err = s.asked(ctx, address, version)
		}
		answers++
		if err != nil {
			answers = 0
			if ctx.Err() == nil {
				state = err
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w (%s)", context.Cause(ctx), state, s.why(ctx))
		case <-ticker.C:
		}
	}
	return nil
}

// asked reports an answer of the service that names another version.
func (s InferenceService) asked(ctx context.Context, address, version string) error {
	// A kept connection would go on asking the one pod that it was made to.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 5 * time.Second}
	serving, err := Predictor{URL: address, Model: s.Model, HTTP: client}.Versions(ctx)
	if err != nil {
		return err
	}
	if !slices.Equal(serving, []string{version}) {
		return fmt.Errorf("%s names version %q", address, strings.Join(serving, ", "))
	}
	return nil
}

// address gives the service's address in the cluster once it is ready. The error says what KServe says
// while it isn't.
func (s InferenceService) address(ctx context.Context) (string, error) {
	service, err := s.Cluster.Resource(cluster.InferenceServices).Get(ctx, s.name(), metav1.GetOptions{})
	if err != nil {
		return "", err
	}
	status := func(path ...string) string {
		text, _, _ := unstructured.NestedString(service.Object, append([]string{"status"}, path...)...) // none: empty
		return text
	}
	ready := cluster.ConditionOf(service, "Ready")
	transition := status("modelStatus", "transitionStatus")
	if ready.Status == "True" && transition == "UpToDate" {
		if address := status("address", "url"); address != "" {
			return address, nil
		}
		return "", errors.New("it is ready, yet its status has no address.url")
	}
	reason := "it is not ready"
	for _, part := range []string{
		ready.Message, transition, status("modelStatus", "lastFailureInfo", "reason"),
		strings.TrimSpace(status("modelStatus", "lastFailureInfo", "message")),
	} {
		if part != "" {
			reason += ": " + part
		}
	}
	return "", errors.New(reason)
}

// why says what is wrong with the service's pods, even when the time is up.
func (s InferenceService) why(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return s.Cluster.WhyPodsFail(ctx, serviceLabel+"="+s.name())
}
