// Package render writes what a version is on a cluster, with KServe's and the Training Operator's own
// Go types: the InferenceService that serves it ([InferenceService]) and the PyTorchJob that trains
// it ([PyTorchJob]).
//
// Both are admitted where the namespace enforces the Pod Security Standard "restricted": no root, a
// read-only root file system, no capabilities, the runtime's seccomp profile. The InferenceService
// names a version, mlflow://recommender/13, never an alias.
package render
