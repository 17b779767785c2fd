package model

import (
	"bytes"
	"embed"
	"text/template"
)

// mlModelTemplate is MLflow's description of a model; source: https://mlflow.org/docs/latest/ml/model,
// "MLflow Model format".
const mlModelTemplate = "MLmodel.tmpl"

// pythonFunction is what makes a model folder loadable with mlflow.pyfunc.load_model.
//
//go:embed MLmodel.tmpl input_example.json requirements.txt code/daybreak_model.py
var pythonFunction embed.FS

// mlModel returns the MLmodel file of a model with config c.
func (c Config) mlModel() ([]byte, error) {
	t, err := template.ParseFS(pythonFunction, mlModelTemplate)
	if err != nil {
		return nil, err
	}
	var file bytes.Buffer
	if err := t.Execute(&file, c); err != nil {
		return nil, err
	}
	return file.Bytes(), nil
}
