// Package trainjob tells the TrainJob that a training is part of how far it has
// come: Kubeflow Trainer 2.2 and later take progress, time left and metrics at an
// address that they hand to the container (feature gate TrainJobStatus).
//
// Nothing of it can fail a training or hold it up: what can't be told is logged
// once and left.
package trainjob
