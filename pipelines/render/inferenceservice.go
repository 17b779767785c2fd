package render

import (
	"fmt"
	"strconv"

	"github.com/kserve/kserve/pkg/apis/serving/v1beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"
)

// Labels of everything of a version.
const (
	labelName    = "app.kubernetes.io/name"
	labelPart    = "app.kubernetes.io/part-of"
	labelVersion = "daybreak.dev/version"
	labelDate    = "daybreak.dev/date"
)

// runtimeName is the ServingRuntime's, and of the model format it serves.
const runtimeName = "daybreak"

// httpPort is the predictor's.
const httpPort = 8080

// stopDelay is how many seconds a predictor goes on taking requests once its pod is to end: as long
// as it takes until no endpoint names it. Without it, requests are dropped whenever a version
// changes.
const stopDelay = 4

// Serving says what is to serve.
type Serving struct {
	Namespace string
	Name      string // of the InferenceService
	Model     string // registered model
	Version   string // of it, as MLflow counts: "13"
}

// InferenceService is the InferenceService of a version.
func InferenceService(s Serving) (*v1beta1.InferenceService, error) {
	if number, err := strconv.ParseUint(s.Version, 10, 63); err != nil || number == 0 {
		return nil, fmt.Errorf("version %q: must be a number from 1, as MLflow counts versions; never an alias", s.Version)
	}
	probe := func(path string) corev1.ProbeHandler {
		return corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: path, Port: intstr.FromInt32(httpPort), Scheme: corev1.URISchemeHTTP}}
	}
	container := corev1.Container{
		Name: "kserve-container",
		Args: []string{"--model_name=" + s.Model, "--model_dir=/mnt/models", "--model_version=" + s.Version},
		Resources: corev1.ResourceRequirements{
			Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("250m"), corev1.ResourceMemory: resource.MustParse("256Mi")},
			Limits:   corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("2"), corev1.ResourceMemory: resource.MustParse("1Gi")},
		},
		SecurityContext: containerSecurity(),
		Lifecycle:       &corev1.Lifecycle{PreStop: &corev1.LifecycleHandler{Sleep: &corev1.SleepAction{Seconds: stopDelay}}},
		StartupProbe:    &corev1.Probe{ProbeHandler: probe("/v2/health/ready"), PeriodSeconds: 1, TimeoutSeconds: 1, FailureThreshold: 120},
		ReadinessProbe:  &corev1.Probe{ProbeHandler: probe("/v2/health/ready"), PeriodSeconds: 2, TimeoutSeconds: 1, FailureThreshold: 3},
		LivenessProbe:   &corev1.Probe{ProbeHandler: probe("/v2/health/live"), PeriodSeconds: 10, TimeoutSeconds: 2, FailureThreshold: 3},
	}
	return &v1beta1.InferenceService{
		TypeMeta: metav1.TypeMeta{APIVersion: v1beta1.SchemeGroupVersion.String(), Kind: "InferenceService"},
		ObjectMeta: metav1.ObjectMeta{
			Name: s.Name, Namespace: s.Namespace,
			Labels: map[string]string{labelName: s.Name, labelPart: "daybreak", labelVersion: s.Version},
		},
		Spec: v1beta1.InferenceServiceSpec{Predictor: v1beta1.PredictorSpec{
			PodSpec: v1beta1.PodSpec{
				ServiceAccountName:           "daybreak-predictor",
				AutomountServiceAccountToken: ptr.To(false),
				SecurityContext:              podSecurity(),
			},
			ComponentExtensionSpec: v1beta1.ComponentExtensionSpec{MinReplicas: ptr.To[int32](1)},
			Model: &v1beta1.ModelSpec{
				ModelFormat: v1beta1.ModelFormat{Name: runtimeName},
				Runtime:     ptr.To(runtimeName),
				PredictorExtensionSpec: v1beta1.PredictorExtensionSpec{
					StorageURI: ptr.To("mlflow://" + s.Model + "/" + s.Version),
					Container:  container,
				},
			},
		}},
	}, nil
}
