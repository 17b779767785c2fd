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
	onTrainJob         = "trainjob"
	onInferenceService = "inferenceservice"
)

// onCluster says whether training or what answers shoppers is on a cluster, which is looked for only then.
func (f *nightFlags) onCluster() bool {
	return f.Launch == onPyTorchJob || f.Launch == onTrainJob || f.Serve == onInferenceService
}

// useCluster puts what is on the cluster into the night's configuration: training, what answers
// shoppers, and the Lease that nights of the same registered model take turns by.
func (f *nightFlags) useCluster(config *night.Config, serving handover.Local) error {
	if f.Templates == "" {
		return command.Usagef("--templates is missing: name the folder that holds pytorchjob.yaml or trainjob.yaml, and inferenceservice.yaml, as the ConfigMap daybreak-night does")
	}
	connected, err := cluster.Connect(f.Namespace)
	if err != nil {
		return err
	}
	lease, err := connected.Lease("daybreak-" + cluster.NameOf(f.ModelName))
	if err != nil {
		return err
	}
	config.Lease = lease
	switch f.Launch {
	case onPyTorchJob:
		config.Launcher, err = f.job(connected, launch.PyTorchJob(), "pytorchjob.yaml")
	case onTrainJob:
		config.Launcher, err = f.job(connected, launch.TrainJob(), "trainjob.yaml")
	}
	if err != nil {
		return err
	}
	if f.Serve == onInferenceService {
		template, err := f.template("inferenceservice.yaml", "serving.kserve.io/v1beta1", "InferenceService")
		if err != nil {
			return err
		}
		config.Service = handover.InferenceService{
			Cluster: connected, Template: template, Model: f.ModelName, Store: serving, Timeout: f.ServeTimeout,
		}
	}
	return nil
}

func (f *nightFlags) job(connected cluster.Cluster, kind launch.Kind, name string) (launch.Job, error) {
	template, err := f.template(name, kind.APIVersion, kind.Name)
	return launch.Job{Kind: kind, Cluster: connected, Template: template, Image: f.TrainerImage, Timeout: f.TrainTimeout}, err
}

func (f *nightFlags) template(name, apiVersion, kind string) (*unstructured.Unstructured, error) {
	template, err := cluster.ReadTemplate(filepath.Join(f.Templates, name), apiVersion, kind)
	if err != nil {
		return nil, command.Usagef("--templates: %v", err)
	}
	return template, nil
}
