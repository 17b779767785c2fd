// Package node is a Kubernetes cluster of one node: which components it has, how
// each is configured, and the order in which they come up:
//
//	etcd ─▶ kube-apiserver ─▶ controller manager, scheduler ─▶ containerd ─▶ kubelet
//	     ─▶ kube-proxy, CoreDNS, volume provisioner
//
// All run as processes of one process namespace; only what a user deploys, and
// the controllers, are pods.
package node
