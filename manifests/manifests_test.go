// Package manifests tests the documents of the overlays with the Go types of those who read them, field
// by field, and against what the Pod Security Standard "restricted" asks of every pod. That kustomize builds them and a
// cluster takes them is tested in e2e.
package manifests

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kserve/kserve/pkg/apis/serving/v1alpha1"
	"github.com/kserve/kserve/pkg/apis/serving/v1beta1"
	kubeflow "github.com/kubeflow/training-operator/pkg/apis/kubeflow.org/v1"
	"github.com/stretchr/testify/require"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
	"sigs.k8s.io/yaml"
)

// documents are those of all files, by kind and name.
type documents map[string][]byte

func readAll(t *testing.T) documents {
	t.Helper()
	found := documents{}
	require.NoError(t, filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".yaml" {
			return err
		}
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		for _, document := range strings.Split(string(content), "\n---\n") {
			var object metav1.PartialObjectMetadata
			require.NoError(t, yaml.Unmarshal([]byte(document), &object), path)
			name := object.Kind + "/" + object.Name
			if object.Kind == "Kustomization" || object.Kind == "Component" || object.Kind == "" { // a night's settings have no kind
				name = path
			}
			require.NotContains(t, found, name)
			found[name] = []byte(document)
		}
		return nil
	}))
	return found
}

// read reads a document into its type, which must know every field.
func (d documents) read(t *testing.T, name string, into any) {
	t.Helper()
	require.Contains(t, d, name)
	require.NoError(t, yaml.UnmarshalStrict(d[name], into), name)
}

func TestTheDocumentsAreThoseThatAreNamedAndEachIsWellFormed(t *testing.T) {
	want := map[string]any{
		"Namespace/daybreak":                      &corev1.Namespace{},
		"ServiceAccount/daybreak-night":           &corev1.ServiceAccount{},
		"ServiceAccount/daybreak-trainer":         &corev1.ServiceAccount{},
		"ServiceAccount/daybreak-predictor":       &corev1.ServiceAccount{},
		"ServiceAccount/daybreak-rollout":         &corev1.ServiceAccount{},
		"Role/daybreak-night":                     &rbacv1.Role{},
		"RoleBinding/daybreak-night":              &rbacv1.RoleBinding{},
		"Role/daybreak-rollout":                   &rbacv1.Role{},
		"RoleBinding/daybreak-rollout":            &rbacv1.RoleBinding{},
		"HTTPRoute/recommender":                   &gatewayv1.HTTPRoute{},
		"NetworkPolicy/daybreak-trainer":          &networkingv1.NetworkPolicy{},
		"NetworkPolicy/daybreak-trainer-status":   &networkingv1.NetworkPolicy{},
		"PersistentVolumeClaim/daybreak-data":     &corev1.PersistentVolumeClaim{},
		"CronJob/daybreak-night":                  &batchv1.CronJob{},
		"ClusterServingRuntime/daybreak":          &v1alpha1.ClusterServingRuntime{},
		"ClusterStorageContainer/daybreak-mlflow": &v1alpha1.ClusterStorageContainer{},
		"InferenceService/":                       &v1beta1.InferenceService{}, // the night's template
		"PyTorchJob/":                             &kubeflow.PyTorchJob{},      // the night's template
		// Their types are no part of this module: a real API server takes them, in e2e.
		"TrainJob/":                        &map[string]any{}, // the night's template
		"TrainingRuntime/daybreak-trainer": &map[string]any{},
	}
	found := readAll(t)
	for name, into := range want {
		found.read(t, name, into)
	}
	for name := range found {
		if filepath.Ext(name) != ".yaml" {
			require.Contains(t, want, name)
		}
	}
}

func TestTheNamespaceEnforcesRestrictedPods(t *testing.T) {
	var namespace corev1.Namespace
	readAll(t).read(t, "Namespace/daybreak", &namespace)
	require.Equal(t, "restricted", namespace.Labels["pod-security.kubernetes.io/enforce"])
}

func TestNoAccountMayDoMoreThanItDoes(t *testing.T) {
	for account, resources := range map[string][]string{
		"daybreak-night":   {"pytorchjobs", "trainjobs", "inferenceservices", "pods", "leases"},
		"daybreak-rollout": {"inferenceservices", "httproutes", "leases", "events"},
	} {
		var role rbacv1.Role
		readAll(t).read(t, "Role/"+account, &role)
		var granted []string
		for _, rule := range role.Rules {
			require.NotContains(t, rule.Verbs, "*")
			granted = append(granted, rule.Resources...)
		}
		require.Equal(t, resources, granted)
	}
}

// What a rank sends another counts as coming from it at both ends, so that both directions must be allowed.
func TestThePodsThatTrainReachEachOtherAndNobodyReachesThemElse(t *testing.T) {
	found := readAll(t)
	var policy networkingv1.NetworkPolicy
	found.read(t, "NetworkPolicy/daybreak-trainer", &policy)
	require.Equal(t, []networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress}, policy.Spec.PolicyTypes)

	var job kubeflow.PyTorchJob
	found.read(t, "PyTorchJob/", &job)
	byOperator := job.Spec.PyTorchReplicaSpecs[kubeflow.PyTorchJobReplicaTypeMaster].Template.Labels
	require.Equal(t, byOperator, policy.Spec.PodSelector.MatchLabels)
	require.Contains(t, string(found["TrainingRuntime/daybreak-trainer"]), "labels: {app.kubernetes.io/name: trainer, app.kubernetes.io/part-of: daybreak}")

	ranks := []networkingv1.NetworkPolicyPeer{{PodSelector: &policy.Spec.PodSelector}}
	require.Len(t, policy.Spec.Ingress, 1)
	require.Equal(t, ranks, policy.Spec.Ingress[0].From)
	require.Equal(t, ranks, policy.Spec.Egress[0].To)
	for _, ports := range [][]networkingv1.NetworkPolicyPort{policy.Spec.Ingress[0].Ports, policy.Spec.Egress[0].Ports} {
		require.Len(t, ports, 1)
		require.Nil(t, ports[0].Port, "ranks other than 0 listen on ports of their own choosing")
	}
	for _, rule := range policy.Spec.Egress[1:] {
		for _, port := range rule.Ports {
			require.Contains(t, []int{53, 443, 5000}, port.Port.IntValue())
		}
		require.NotEmpty(t, rule.Ports)
	}

	var status networkingv1.NetworkPolicy
	found.read(t, "NetworkPolicy/daybreak-trainer-status", &status)
	require.Equal(t, policy.Spec.PodSelector, status.Spec.PodSelector)
}

func TestTheRouteLeadsToTheServiceThatTheNightMakes(t *testing.T) {
	var route gatewayv1.HTTPRoute
	readAll(t).read(t, "HTTPRoute/recommender", &route)
	require.EqualValues(t, "recommender-predictor", route.Spec.Rules[0].BackendRefs[0].Name)
	require.Equal(t, "recommender", route.Name)
}

func TestWhatTrainsIsTheImageThatMeasures(t *testing.T) {
	var cron batchv1.CronJob
	readAll(t).read(t, "CronJob/daybreak-night", &cron)
	night := cron.Spec.JobTemplate.Spec.Template.Spec
	require.Contains(t, night.Containers[0].Env, corev1.EnvVar{Name: "DAYBREAK_TRAINER_IMAGE", Value: night.InitContainers[0].Image})
}

func TestEveryPodRunsWithTheLeast(t *testing.T) {
	found := readAll(t)
	var cron batchv1.CronJob
	found.read(t, "CronJob/daybreak-night", &cron)
	night := cron.Spec.JobTemplate.Spec.Template.Spec
	requireRestricted(t, night.SecurityContext, append(night.InitContainers, night.Containers...)...)

	var job kubeflow.PyTorchJob
	found.read(t, "PyTorchJob/", &job)
	training := job.Spec.PyTorchReplicaSpecs[kubeflow.PyTorchJobReplicaTypeMaster].Template.Spec
	requireRestricted(t, training.SecurityContext, training.Containers...)

	var service v1beta1.InferenceService
	found.read(t, "InferenceService/", &service)
	var runtime v1alpha1.ClusterServingRuntime
	found.read(t, "ClusterServingRuntime/daybreak", &runtime)
	var storage v1alpha1.ClusterStorageContainer
	found.read(t, "ClusterStorageContainer/daybreak-mlflow", &storage)
	requireRestricted(t, service.Spec.Predictor.SecurityContext, append(runtime.Spec.Containers, storage.Spec.Container)...)
	require.Equal(t, runtime.Name, *service.Spec.Predictor.Model.Runtime)
	require.Positive(t, runtime.Spec.Containers[0].Lifecycle.PreStop.Sleep.Seconds, "or requests are dropped when the version changes")
}

func TestTheTrainingSeesTheVolumesWhereTheNightSeesThem(t *testing.T) {
	found := readAll(t)
	var cron batchv1.CronJob
	found.read(t, "CronJob/daybreak-night", &cron)
	var job kubeflow.PyTorchJob
	found.read(t, "PyTorchJob/", &job)
	night := cron.Spec.JobTemplate.Spec.Template.Spec.Containers[0].VolumeMounts
	training := job.Spec.PyTorchReplicaSpecs[kubeflow.PyTorchJobReplicaTypeMaster].Template.Spec.Containers[0].VolumeMounts
	for _, name := range []string{"data", "night"} {
		require.Equal(t, mountPath(night, name), mountPath(training, name), "paths in the training's arguments are the night's")
	}
}

func mountPath(mounts []corev1.VolumeMount, name string) string {
	for _, mount := range mounts {
		if mount.Name == name {
			return mount.MountPath
		}
	}
	return ""
}

// requireRestricted asserts what the Pod Security Standard "restricted" asks, and that nothing writes
// to a container's root.
func requireRestricted(t *testing.T, pod *corev1.PodSecurityContext, containers ...corev1.Container) {
	t.Helper()
	require.True(t, *pod.RunAsNonRoot)
	require.Equal(t, corev1.SeccompProfileTypeRuntimeDefault, pod.SeccompProfile.Type)
	for _, container := range containers {
		security := container.SecurityContext
		require.NotNil(t, security, container.Name)
		require.False(t, *security.AllowPrivilegeEscalation, container.Name)
		require.True(t, *security.ReadOnlyRootFilesystem, container.Name)
		require.Equal(t, []corev1.Capability{"ALL"}, security.Capabilities.Drop, container.Name)
		require.Empty(t, security.Capabilities.Add, container.Name)
		require.Contains(t, container.Resources.Limits, corev1.ResourceMemory, container.Name)
	}
}
