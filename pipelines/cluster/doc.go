// Package cluster is a night's hold on the Kubernetes cluster that it runs in, or that KUBECONFIG
// names: objects of any kind in one namespace, made from templates that an installation may change
// (ConfigMap daybreak-night), and what pods say of why they don't run.
//
// Objects are kept as the fields they were written with and not as Go types: the API server, which
// knows the versions that are installed, checks them strictly, and a field that our types don't know
// yet is not lost.
package cluster
