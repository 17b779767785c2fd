// Package server runs a real MLflow server on this machine, for the demo and
// for tests.
//
//	s, err := server.Start(ctx, server.Options{Dir: dir})
//	if err != nil { … }
//	defer s.Stop()
//	client, err := mlflow.New(s.URI())
//
// The server keeps runs and versions in SQLite (Dir/mlflow.db), artifacts in
// Dir/artifacts and hands these through, and writes Dir/mlflow.log. A later
// Start with the same Dir finds everything again. It listens on 127.0.0.1 alone,
// runs no jobs, sends no telemetry, and dies with the process that started it.
//
// MLflow comes from a Python environment made of requirements/mlflow.txt.
package server
