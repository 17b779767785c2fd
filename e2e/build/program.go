package build

// Program is one binary, built from a module below programs/.
type Program struct {
	// Name is the binary's name in the cache.
	Name string
	// Module is the folder below programs/ that holds the go.mod.
	Module string
	// Package is what is compiled: "." or an import path that the module requires.
	Package string
	// LinkerFlags are added to "-s -w".
	LinkerFlags string
	// Lean takes the place of a package that pulls in far more than a cluster here
	// uses of the program. The zero value leaves all as it is.
	Lean Lean
}

// Lean is a file of the program's module that becomes all there is of a package.
type Lean struct {
	// Requirement is the Go module that holds the package.
	Requirement string
	// Package is the package's folder in it.
	Package string
	// File is the file's name below programs/<module>/.
	File string
}

// KubernetesVersion is the release that programs/kubernetes/go.mod requires.
const KubernetesVersion = "v1.34.4"

// Programs that a cluster is made of. The first is by far the longest build.
var (
	Kubernetes = Program{
		Name: "kubernetes", Module: "kubernetes", Package: ".",
		LinkerFlags: "-X k8s.io/component-base/version.gitVersion=" + KubernetesVersion +
			" -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=34",
	}
	CoreDNS          = Program{Name: "coredns", Module: "coredns", Package: "."}
	KServe           = Program{Name: "kserve-manager", Module: "kserve", Package: "github.com/kserve/kserve/cmd/manager"}
	TrainingOperator = Program{
		Name: "training-operator", Module: "trainingoperator",
		Package: "github.com/kubeflow/training-operator/cmd/training-operator.v1",
	}
	Trainer = Program{
		Name: "trainer-manager", Module: "trainer",
		Package: "github.com/kubeflow/trainer/v2/cmd/trainer-controller-manager",
	}
	JobSet        = Program{Name: "jobset-manager", Module: "trainer", Package: "sigs.k8s.io/jobset"}
	MetricsServer = Program{
		Name: "metrics-server", Module: "metricsserver", Package: "sigs.k8s.io/metrics-server/cmd/metrics-server",
		LinkerFlags: "-X k8s.io/component-base/version.gitVersion=v0.9.0",
	}
	// Traefik's certificates by DNS, which none is asked for here, are a third of
	// its build: the clients of a hundred providers.
	Traefik = Program{
		Name: "traefik", Module: "traefik", Package: "github.com/traefik/traefik/v3/cmd/traefik",
		Lean: Lean{Requirement: "github.com/go-acme/lego/v4", Package: "providers/dns", File: "dns.go.txt"},
	}
)

// All lists every program, longest build first.
func All() []Program {
	return []Program{Kubernetes, Traefik, MetricsServer, KServe, CoreDNS, TrainingOperator, Trainer, JobSet}
}
