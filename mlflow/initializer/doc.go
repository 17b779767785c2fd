// Initializer is KServe's storage initializer for the schemes mlflow:// and mlflow-run://. A ClusterStorageContainer
// names its image, and KServe runs it before the predictor, with the InferenceService's storageUri and
// the folder that both containers mount:
//
//	initializer mlflow://recommender/13 /mnt/models
//
//	initializer mlflow-run://0123456789abcdef0123456789abcdef/model /mnt/models
//
//	MLflow ─ download ─▶ /mnt/models/.fetched-13/ ─ verify ─▶ /mnt/models/13/ ─▶ predictor --model_dir /mnt/models
//
// The version comes from the server at MLFLOW_TRACKING_URI (credentials are found as package mlflow
// says). It is verified as the predictor will: every file against SHA256SUMS, and the model's answers
// to its golden requests. Only then does its folder appear. A version that lies there already,
// verified, is left as it is, so that a container that is started again does nothing. Files come several
// at a time; a connection that breaks off, and a container that is killed, go on where they were.
//
// Credentials are environment variables: those that KServe fills from the Secrets of the service
// account (S3's), those of the ClusterStorageContainer, or the files of a mounted Secret
// (--credentials-dir).
//
// What fails is said on standard error and in /dev/termination-log, from where Kubernetes, and KServe
// as modelStatus.lastFailureInfo, show it.
package main
