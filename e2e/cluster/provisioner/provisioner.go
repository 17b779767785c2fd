package provisioner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"
)

const (
	annotationProvisioner  = "volume.kubernetes.io/storage-provisioner"
	annotationSelectedNode = "volume.kubernetes.io/selected-node"
	annotationProvisioned  = "pv.kubernetes.io/provisioned-by"
)

// Provisioner makes volumes for the claims that name it.
type Provisioner struct {
	Client kubernetes.Interface
	// Name is what StorageClasses call it.
	Name string
	// Node is the one node, by its host name.
	Node string
	// Dir holds a folder for each volume.
	Dir string
}

// Run provisions until ctx ends.
func (p Provisioner) Run(ctx context.Context) error {
	queue := workqueue.NewTypedRateLimitingQueue(workqueue.NewTypedItemExponentialFailureRateLimiter[request](100*time.Millisecond, 10*time.Second))
	factory := informers.NewSharedInformerFactory(p.Client, time.Minute)
	claims := factory.Core().V1().PersistentVolumeClaims().Informer()
	volumes := factory.Core().V1().PersistentVolumes().Informer()
	if err := errors.Join(watch(claims, queue, claimRequest), watch(volumes, queue, volumeRequest)); err != nil {
		return fmt.Errorf("watch claims and volumes: %w", err)
	}
	factory.Start(ctx.Done())
	context.AfterFunc(ctx, queue.ShutDown)
	for {
		next, shutdown := queue.Get()
		if shutdown {
			return nil
		}
		if err := p.serve(ctx, next); err != nil {
			slog.Error("volume", "name", next.name, "error", err)
			queue.AddRateLimited(next)
		} else {
			queue.Forget(next)
		}
		queue.Done(next)
	}
}

// request names a claim, or a volume where namespace is empty.
type request struct{ namespace, name string }

func claimRequest(object any) request {
	claim := object.(*corev1.PersistentVolumeClaim)
	return request{claim.Namespace, claim.Name}
}

func volumeRequest(object any) request { return request{name: object.(*corev1.PersistentVolume).Name} }

func watch(informer cache.SharedIndexInformer, queue workqueue.TypedRateLimitingInterface[request], name func(any) request) error {
	_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { queue.Add(name(object)) },
		UpdateFunc: func(_, object any) { queue.Add(name(object)) },
	})
	return err
}

func (p Provisioner) serve(ctx context.Context, next request) error {
	if next.namespace == "" {
		return p.reclaim(ctx, next.name)
	}
	return p.provision(ctx, next)
}

// provision makes the volume of a claim that waits for one.
func (p Provisioner) provision(ctx context.Context, next request) error {
	claim, err := p.Client.CoreV1().PersistentVolumeClaims(next.namespace).Get(ctx, next.name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the claim: %w", err)
	}
	// Kubernetes sets the first once the class's binding mode allows provisioning.
	if claim.Spec.VolumeName != "" || claim.Annotations[annotationProvisioner] != p.Name ||
		claim.DeletionTimestamp != nil || claim.Annotations[annotationSelectedNode] == "" {
		return nil
	}
	volume := p.volume(claim)
	if err := makeOpen(volume.Spec.Local.Path); err != nil {
		return err
	}
	_, err = p.Client.CoreV1().PersistentVolumes().Create(ctx, volume, metav1.CreateOptions{})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("create the volume: %w", err)
	}
	return nil
}

func (p Provisioner) volume(claim *corev1.PersistentVolumeClaim) *corev1.PersistentVolume {
	// The claim's UID makes the name: provisioning it again finds the same volume.
	name := "pvc-" + string(claim.UID)
	volume := &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: name, Annotations: map[string]string{annotationProvisioned: p.Name}},
		Spec: corev1.PersistentVolumeSpec{
			Capacity:                      corev1.ResourceList{corev1.ResourceStorage: claim.Spec.Resources.Requests[corev1.ResourceStorage]},
			AccessModes:                   claim.Spec.AccessModes,
			PersistentVolumeReclaimPolicy: corev1.PersistentVolumeReclaimDelete,
			VolumeMode:                    claim.Spec.VolumeMode,
			ClaimRef: &corev1.ObjectReference{
				APIVersion: "v1", Kind: "PersistentVolumeClaim", Namespace: claim.Namespace, Name: claim.Name, UID: claim.UID,
			},
			PersistentVolumeSource: corev1.PersistentVolumeSource{Local: &corev1.LocalVolumeSource{Path: filepath.Join(p.Dir, name)}},
			NodeAffinity: &corev1.VolumeNodeAffinity{Required: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{
				MatchExpressions: []corev1.NodeSelectorRequirement{{
					Key: corev1.LabelHostname, Operator: corev1.NodeSelectorOpIn, Values: []string{p.Node},
				}},
			}}}},
		},
	}
	if claim.Spec.StorageClassName != nil {
		volume.Spec.StorageClassName = *claim.Spec.StorageClassName
	}
	return volume
}

// reclaim removes a volume of ours whose claim has gone.
func (p Provisioner) reclaim(ctx context.Context, name string) error {
	volume, err := p.Client.CoreV1().PersistentVolumes().Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the volume: %w", err)
	}
	if volume.Status.Phase != corev1.VolumeReleased || volume.Annotations[annotationProvisioned] != p.Name {
		return nil
	}
	if err := os.RemoveAll(filepath.Join(p.Dir, name)); err != nil {
		return fmt.Errorf("remove the volume's folder: %w", err)
	}
	err = p.Client.CoreV1().PersistentVolumes().Delete(ctx, name, metav1.DeleteOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("delete the volume: %w", err)
	}
	return nil
}

// makeOpen makes a folder that every user can write to, whatever the umask.
func makeOpen(path string) error {
	if err := os.MkdirAll(path, 0o777); err != nil {
		return fmt.Errorf("make the volume's folder: %w", err)
	}
	if err := os.Chmod(path, 0o777); err != nil {
		return fmt.Errorf("open the volume's folder to all: %w", err)
	}
	return nil
}
