// Package mlflow is a client of MLflow's REST API.
package mlflow
