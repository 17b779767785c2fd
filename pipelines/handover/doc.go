// Package handover brings a version to the service that answers shoppers, and says only then that it
// serves when the service names it.
//
// [Local] is for a predictor on this machine, whose --model_dir is the link <data>/serving/current:
//
//	MLflow ─ download ─▶ serving/13/ ─ verify SHA256SUMS ─▶ serving/current → 13 ─ POST load ─▶ GET names 13
//
// A version that can't be verified never becomes current. A version that the service refuses is taken
// back: the link names what it named before, and the old version goes on serving.
package handover
