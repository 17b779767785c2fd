// Package mlflow is a client of MLflow's REST API: experiments, runs, artifacts
// through the server's proxy, registered models, versions and aliases. It
// depends on nothing else of this project.
//
// # What a night does with it
//
//	EnsureExperiment ─▶ EnsureRun ─▶ LogRecord ─▶ UploadFolder ─▶ EnsureVersion ─▶ SetAlias
//	                    by a key     training.json  the model's     one per run      read back
//	                                                folder
//	                                                   DownloadVersion ◀─ VersionByAlias
//
// Each of these is safe to do again. A process that is killed anywhere and
// starts over finds the run it had made by its key, logs the same points without
// doubling them, puts the same files, and finds the version of its run.
//
// # When the server fails
//
// Requests that fail for a reason that may pass (no connection, a connection
// that breaks off, 429, 5xx) are made again, a bounded number of times, with
// growing waits and jitter, for at least as long as a Retry-After header asks.
// Making a run or a version is not safe to repeat when the answer was lost; the
// client looks for what the lost request may have made before it asks again.
// When the attempts are used up the error is an *UnavailableError. What the
// server refuses is an *APIError with MLflow's error_code; IsNotFound and
// IsAlreadyExists tell the usual ones. Every call ends with its context.
//
// # What MLflow does not give
//
// MLflow has no compare-and-swap. Two processes that call EnsureRun with one
// key, EnsureVersion for one run, or SetAlias for one alias at the same time need
// a lock between them. SetAlias reads back what it wrote, so that a lost race is
// seen (*AliasMovedError).
package mlflow
