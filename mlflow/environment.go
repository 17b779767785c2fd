package mlflow

import (
	"errors"
	"os"
)

// Variables that MLflow's own clients read, too.
const (
	TrackingURIVariable    = "MLFLOW_TRACKING_URI"
	ExperimentNameVariable = "MLFLOW_EXPERIMENT_NAME"
	RunIDVariable          = "MLFLOW_RUN_ID"
)

// NewFromEnvironment returns a client of the server that MLFLOW_TRACKING_URI
// names.
func NewFromEnvironment(options ...Option) (*Client, error) {
	uri := os.Getenv(TrackingURIVariable)
	if uri == "" {
		return nil, errors.New(TrackingURIVariable + " is not set; set it to the MLflow server's address, such as http://127.0.0.1:5000")
	}
	return New(uri, options...)
}
