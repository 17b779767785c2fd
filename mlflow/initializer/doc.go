// Initializer is KServe's storage initializer for the scheme mlflow://. A ClusterStorageContainer
// names its image, and KServe runs it before the predictor, with the InferenceService's storageUri and
// the folder that both containers mount:
//
//	initializer mlflow://recommender/13 /mnt/models
//
//	MLflow ─ download ─▶ /mnt/models/.fetched-13/ ─ verify ─▶ /mnt/models/13/ ─▶ predictor --model_dir /mnt/models
//
// The version comes from the server at MLFLOW_TRACKING_URI (credentials are found as package mlflow
// says). It is verified as the predictor will: every file against SHA256SUMS, and the model's answers
// to its golden requests. Only then does its folder appear. A version that lies there already,
// verified, is left as it is, so that a container that is started again does nothing.
//
// What fails is said on standard error and in /dev/termination-log, from where Kubernetes, and KServe
// as modelStatus.lastFailureInfo, show it.
package main
