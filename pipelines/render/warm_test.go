package render

import (
	_ "testing"

	_ "github.com/kserve/kserve/pkg/apis/serving/v1beta1"
	_ "github.com/kubeflow/training-operator/pkg/apis/kubeflow.org/v1"
	_ "k8s.io/client-go/dynamic"
	_ "sigs.k8s.io/controller-runtime/pkg/client"
	_ "sigs.k8s.io/yaml"
)
