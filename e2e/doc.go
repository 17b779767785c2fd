// Package e2e tests Daybreak on a real Kubernetes cluster with the real
// controllers: KServe and the Kubeflow Training Operator.
//
//	go test ./...        # as root, on Linux
//
// Without more, the tests bring up a cluster of one node on this machine
// (package cluster), load Daybreak's images and run inside its namespaces; a
// cluster that is already up (go run ./cluster up) is used and left as it is.
//
// With KUBECONFIG set, they run against that cluster instead, kind or a cloud's.
// It needs KServe v0.20.0 in Standard mode, the Training Operator v1.9.3 with an
// init container that the Pod Security Standard "restricted" admits, JobSet and
// Trainer v2.1.0, the Gateway API v1 with a Gateway kserve-ingress-gateway in the
// namespace kserve that takes routes of every namespace and whose address pods
// reach, metrics for autoscaling, a default StorageClass, kubectl on the PATH, no
// namespace daybreak, and on each node these images:
//
//	go run ./images --out DIR
//	go run ./images --out DIR --only probe --prefix daybreak.dev/e2e --tag 1
//	kind load image-archive DIR/*.tar    # one by one
//
// The nights' tests start an MLflow server on this machine, which pods must reach
// at the address that leads from here to the first node. Where nodes know the
// images by their digests too, DAYBREAK_E2E_IMAGES=DIR makes the nights name them
// so. The cluster of this module can be that cluster:
//
//	go run ./cluster up && go run ./cluster load DIR/*.tar
//	go run ./cluster run -- go test -count=1 .
//
// Every test has a namespace of its own, in which "restricted" is enforced, and
// leaves nothing behind in the cluster.
package e2e
