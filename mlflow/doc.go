// Package mlflow is a client of MLflow's REST API, for programs that train and
// for those that put models into service: experiments, runs, datasets, logged
// models, artifacts, registered models, versions and aliases. It is made for
// MLflow 3 and works with MLflow 2, where it says what it left out. It depends on
// nothing else of this project.
//
// # A training
//
//	run, err := client.StartRun(ctx, mlflow.RunSpec{Experiment: "nights", Key: key}, mlflow.SpoolTo("spool"))
//	run.LogRecord(ctx, record)      params, metrics with steps, tags
//	run.LogInputs(ctx, datasets)    what it learned from, and was measured on
//	run.LogTable(ctx, file, table)  shown in the run's page
//	run.LogModel(ctx, model)        files, and metrics linked to model and dataset
//	run.Register(ctx, version)      at most one version for a run
//	run.Finish(ctx, mlflow.RunFinished)
//
// Each of these is safe to do again. A process that is killed anywhere and
// starts over finds the run it had made by its key, logs the same points without
// doubling them, puts the same files, and finds the version of its run. Client has
// the same calls one by one, by the run's id.
//
// WatchSystem logs what the container uses meanwhile, and Provenance says which
// program, commit and image made the run.
//
// # When the server fails
//
// Requests that fail for a reason that may pass (no connection, a connection
// that breaks off, 429, 5xx) are made again, a bounded number of times, with
// growing waits and jitter, for at least as long as a Retry-After header asks.
// Making a run, a logged model or a version is not safe to repeat when the answer
// was lost; the client looks for what the lost request may have made before it
// asks again. When the attempts are used up the error is an *UnavailableError.
// What the server refuses is an *APIError with MLflow's error_code; IsNotFound and
// IsAlreadyExists tell the usual ones, and IsUnsupported what an MLflow 2 lacks.
// Every call ends with its context.
//
// With SpoolTo, a run is written to a folder on disk as soon as the server is
// unavailable, and Client.Replay sends it later, in order, exactly once:
// processes may be killed while they write and while they replay.
//
// # Artifacts
//
// Files are streamed through the server (mlflow server --serve-artifacts), in
// constant memory, several at a time; WithMultipartUpload sends large ones in
// parts where the server offers that. Where it hands out s3:// URIs instead,
// WithArtifactStore("s3", s3.Open), of package mlflow/s3, goes to the storage. A
// download goes on where its connection broke, is compared with SHA256SUMS where
// the folder holds that, and appears whole or not at all.
//
// # What MLflow does not give
//
// MLflow has no compare-and-swap. Two processes that call EnsureRun with one
// key, EnsureVersion for one run, or SetAlias for one alias at the same time need
// a lock between them. SetAlias reads back what it wrote, so that a lost race is
// seen (*AliasMovedError).
package mlflow
