package controllers

import (
	"fmt"
	"strings"

	"github.com/daybreak-ml/daybreak/e2e/build"
)

// Controller is one to be installed.
type Controller struct {
	// Name is what it is called by the user, and its folder below manifests/.
	Name string
	// Requirement is the Go module that holds its manifests.
	Requirement string
	// Images are the names under which its manifests expect the programs, with
	// the path the program has in its image.
	Images []Image
	// Needs are the controllers whose manifests are applied before, where they are
	// installed: it gives up without their kinds, or has objects in their namespace.
	Needs []string
	// Deployments are those to wait for, as namespace/name.
	Deployments []string
	// Certificate is for its webhooks. Empty: it takes care of that itself.
	Certificate Certificate
}

// Image is a program's image.
type Image struct {
	Name       string
	Entrypoint string
	Program    build.Program
}

// Certificate says whom a webhook's certificate is made out to.
type Certificate struct {
	Authority string // common name, which some controllers check
	Service   string // namespace/name of the webhooks' Service
}

// All is every controller, in the order of installation.
func All() []Controller {
	return []Controller{
		{
			Name: "kserve", Requirement: "github.com/kserve/kserve",
			Images:      []Image{{"daybreak.dev/e2e/kserve-manager:v0.20.0", "/manager", build.KServe}},
			Deployments: []string{"kserve/kserve-controller-manager"},
			Certificate: Certificate{"kserve", "kserve/kserve-webhook-server-service"},
		},
		{
			Name: "training-operator", Requirement: "github.com/kubeflow/training-operator",
			Images:      []Image{{"daybreak.dev/e2e/training-operator:v1.9.3", "/manager", build.TrainingOperator}},
			Deployments: []string{"kubeflow/training-operator"},
			Certificate: Certificate{"training-operator-ca", "kubeflow/training-operator"},
		},
		{
			Name: "jobset", Requirement: "sigs.k8s.io/jobset",
			Images:      []Image{{"daybreak.dev/e2e/jobset:v0.10.1", "/manager", build.JobSet}},
			Deployments: []string{"jobset-system/jobset-controller-manager"},
			Certificate: Certificate{"jobset-ca", "jobset-system/jobset-webhook-service"},
		},
		{
			Name: "trainer", Requirement: "github.com/kubeflow/trainer/v2", Needs: []string{"jobset"},
			Images:      []Image{{"daybreak.dev/e2e/trainer:v2.1.0", "/manager", build.Trainer}},
			Deployments: []string{"kubeflow-system/kubeflow-trainer-controller-manager"},
			Certificate: Certificate{"kubeflow-trainer-ca", "kubeflow-system/kubeflow-trainer-controller-manager"},
		},
		{Name: "gateway-api", Requirement: "sigs.k8s.io/gateway-api"},
		{
			Name: "traefik", Requirement: "github.com/traefik/traefik/v3", Needs: []string{"gateway-api", "kserve"},
			Images:      []Image{{"daybreak.dev/e2e/traefik:v3.6.12", "/traefik", build.Traefik}},
			Deployments: []string{"traefik/traefik"},
		},
		{
			Name: "metrics-server", Requirement: "sigs.k8s.io/metrics-server",
			Images:      []Image{{"daybreak.dev/e2e/metrics-server:v0.8.0", "/metrics-server", build.MetricsServer}},
			Deployments: []string{"kube-system/metrics-server"},
		},
	}
}

// Choose is the controllers of the given names, in the order of installation.
func Choose(names []string) ([]Controller, error) {
	var chosen []Controller
	wanted := map[string]bool{}
	for _, name := range names {
		wanted[name] = true
	}
	var known []string
	for _, controller := range All() {
		known = append(known, controller.Name)
		if wanted[controller.Name] {
			chosen = append(chosen, controller)
			delete(wanted, controller.Name)
		}
	}
	for name := range wanted {
		return nil, fmt.Errorf("no controller is called %q: there are %s", name, strings.Join(known, ", "))
	}
	return chosen, nil
}
