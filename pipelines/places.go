package main

import (
	"path/filepath"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/daybreak-ml/daybreak/command"
	"github.com/daybreak-ml/daybreak/pipelines/cluster"
	"github.com/daybreak-ml/daybreak/pipelines/handover"
	"github.com/daybreak-ml/daybreak/pipelines/launch"
	"github.com/daybreak-ml/daybreak/pipelines/night"
)

// The values of --launch and --serve that mean a cluster.
const (
	onPyTorchJob       = "pytorchjob"
	onInferenceService = "inferenceservice"
)

// places says where training runs and what answers shoppers. A cluster is looked for only where one
// of the two is there.
func (f *nightFlags) places(trainer launch.Program, serving handover.Local) (launch.Launcher, night.Service, error) {
	if f.Launch != onPyTorchJob && f.Serve != onInferenceService {
		return launch.Local{Trainer: trainer}, serving, nil
	}
	if f.Templates == "" {
		return nil, nil, command.Usagef("--templates is missing: name the folder that holds pytorchjob.yaml and inferenceservice.yaml, as the ConfigMap daybreak-night does")
	}
	connected, err := cluster.Connect(f.Namespace)
	if err != nil {
		return nil, nil, err
	}
	var launcher launch.Launcher = launch.Local{Trainer: trainer}
	if f.Launch == onPyTorchJob {
		template, err := f.template("pytorchjob.yaml", "kubeflow.org/v1", "PyTorchJob")
		if err != nil {
			return nil, nil, err
		}
		launcher = launch.PyTorchJob{Cluster: connected, Template: template, Timeout: f.TrainTimeout}
	}
	if f.Serve != onInferenceService {
		return launcher, serving, nil
	}
	template, err := f.template("inferenceservice.yaml", "serving.kserve.io/v1beta1", "InferenceService")
	if err != nil {
		return nil, nil, err
	}
	return launcher, handover.InferenceService{
		Cluster: connected, Template: template, Model: f.ModelName, Store: serving, Timeout: f.ServeTimeout,
	}, nil
}

func (f *nightFlags) template(name, apiVersion, kind string) (*unstructured.Unstructured, error) {
	template, err := cluster.ReadTemplate(filepath.Join(f.Templates, name), apiVersion, kind)
	if err != nil {
		return nil, command.Usagef("--templates: %v", err)
	}
	return template, nil
}
