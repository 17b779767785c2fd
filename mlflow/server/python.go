package server

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// ProgramVariable names the environment variable that holds the path of the
// mlflow program, for an MLflow that lies elsewhere than in .venv.
const ProgramVariable = "DAYBREAK_MLFLOW"

// FindPython returns the interpreter of the environment that holds MLflow: the
// one beside the program that DAYBREAK_MLFLOW names, else that of .venv in the
// root of the repository the working directory lies in.
func FindPython() (string, error) {
	if program := os.Getenv(ProgramVariable); program != "" {
		python := filepath.Join(filepath.Dir(program), "python")
		if _, err := os.Stat(python); err != nil {
			return "", fmt.Errorf("%s=%s: want the mlflow program of a virtual environment: %w", ProgramVariable, program, err)
		}
		return python, nil
	}
	root, err := repositoryRoot()
	if err != nil {
		return "", err
	}
	python := filepath.Join(root, ".venv", "bin", "python")
	if _, err := os.Stat(filepath.Join(root, ".venv", "bin", "mlflow")); err != nil {
		return "", fmt.Errorf("MLflow is not installed in %s; run `make venv`, or set %s to an mlflow program", filepath.Join(root, ".venv"), ProgramVariable)
	}
	return python, nil
}

func repositoryRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "requirements", "mlflow.txt")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("the working directory lies in no checkout of the repository; set " + ProgramVariable + " to an mlflow program")
		}
		dir = parent
	}
}
