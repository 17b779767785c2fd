package render

import (
	"fmt"
	"regexp"

	kubeflow "github.com/kubeflow/training-operator/pkg/apis/kubeflow.org/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/daybreak-ml/daybreak/events"
)

// dataPath is where the volume with events and models is mounted.
const dataPath = "/data"

// trainingDeadline is how many seconds a training may take.
const trainingDeadline = 6 * 60 * 60

// Training says what is to be trained.
type Training struct {
	Namespace string
	Model     string     // registered model
	Date      events.Day // the night's day, which is learned from
	Digest    string     // of the night's configuration, hexadecimal, 8 digits or more
	Image     string     // the trainer's
	Claim     string     // of the volume that holds events/ and models/
	Workers   int        // besides the master
}

var hexadecimal = regexp.MustCompile(`^[0-9a-f]{8,}$`)

// PyTorchJob is the job that trains a night's model.
func PyTorchJob(t Training) (*kubeflow.PyTorchJob, error) {
	if !hexadecimal.MatchString(t.Digest) {
		return nil, fmt.Errorf("digest %q: must be 8 or more hexadecimal digits", t.Digest)
	}
	if t.Workers < 0 {
		return nil, fmt.Errorf("workers is %d; it must be 0 or more", t.Workers)
	}
	night := t.Date.String() + "-" + t.Digest[:8]
	labels := map[string]string{labelName: "trainer", labelPart: "daybreak", labelDate: t.Date.String()}
	replicas := map[kubeflow.ReplicaType]*kubeflow.ReplicaSpec{
		kubeflow.PyTorchJobReplicaTypeMaster: t.replica(1, night, labels),
	}
	if t.Workers > 0 {
		replicas[kubeflow.PyTorchJobReplicaTypeWorker] = t.replica(t.Workers, night, labels)
	}
	return &kubeflow.PyTorchJob{
		TypeMeta:   metav1.TypeMeta{APIVersion: kubeflow.SchemeGroupVersion.String(), Kind: kubeflow.PyTorchJobKind},
		ObjectMeta: metav1.ObjectMeta{Name: t.Model + "-" + night, Namespace: t.Namespace, Labels: labels},
		Spec: kubeflow.PyTorchJobSpec{
			RunPolicy: kubeflow.RunPolicy{
				CleanPodPolicy:        ptr.To(kubeflow.CleanPodPolicyRunning),
				ActiveDeadlineSeconds: ptr.To[int64](trainingDeadline),
				BackoffLimit:          ptr.To[int32](3),
			},
			PyTorchReplicaSpecs: replicas,
		},
	}, nil
}

// replica is the pods of one role. The container has to be named pytorch: by that name the operator
// finds it.
func (t Training) replica(count int, night string, labels map[string]string) *kubeflow.ReplicaSpec {
	return &kubeflow.ReplicaSpec{
		Replicas: ptr.To(int32(count)),
		// Exit codes from 1 to 127 are for good; from 128 on (a signal, a lost rank), again.
		RestartPolicy: kubeflow.RestartPolicyExitCode,
		Template: corev1.PodTemplateSpec{
			ObjectMeta: metav1.ObjectMeta{Labels: labels},
			Spec: corev1.PodSpec{
				ServiceAccountName:           "daybreak-trainer",
				AutomountServiceAccountToken: ptr.To(false),
				SecurityContext:              podSecurity(),
				Containers: []corev1.Container{{
					Name:  kubeflow.PyTorchJobDefaultContainerName,
					Image: t.Image,
					Args: []string{
						"train", "--events=" + dataPath, "--as-of=" + t.Date.AddDays(1).String(),
						"--model-dir=" + dataPath + "/models/" + night, "--model-name=" + t.Model,
					},
					Resources: corev1.ResourceRequirements{
						Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("1"), corev1.ResourceMemory: resource.MustParse("1Gi")},
						Limits:   corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("4"), corev1.ResourceMemory: resource.MustParse("4Gi")},
					},
					SecurityContext: containerSecurity(),
					VolumeMounts:    []corev1.VolumeMount{{Name: "data", MountPath: dataPath}, {Name: "tmp", MountPath: "/tmp"}},
				}},
				Volumes: []corev1.Volume{
					{Name: "data", VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: t.Claim}}},
					{Name: "tmp", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}},
				},
			},
		},
	}
}
