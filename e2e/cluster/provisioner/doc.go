// Package provisioner gives each PersistentVolumeClaim of a StorageClass a folder
// of the node, and removes the folder when the claim has gone.
//
// The volumes are of the kind "local", so that kubelet applies a pod's fsGroup,
// as it would not to a hostPath; and the folders are open to all, so that a pod
// without fsGroup can write, too.
package provisioner
