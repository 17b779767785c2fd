package build

// Program is one binary, built from the module in programs/.
type Program struct {
	// Name is the binary's name in the cache.
	Name string
	// Package is what is compiled: a folder of the module ("./kubernetes"), or the
	// import path of a command that it requires.
	Package string
	// LinkerFlags are added to "-s -w".
	LinkerFlags string
}

// KubernetesVersion is the release that programs/go.mod requires.
const KubernetesVersion = "v1.34.4"

// Programs that a cluster is made of.
var (
	Kubernetes = Program{
		Name: "kubernetes", Package: "./kubernetes",
		LinkerFlags: "-X k8s.io/component-base/version.gitVersion=" + KubernetesVersion +
			" -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=34",
	}
	CoreDNS          = Program{Name: "coredns", Package: "./coredns"}
	KServe           = Program{Name: "kserve-manager", Package: "github.com/kserve/kserve/cmd/manager"}
	TrainingOperator = Program{Name: "training-operator", Package: "github.com/kubeflow/training-operator/cmd/training-operator.v1"}
	Trainer          = Program{Name: "trainer-manager", Package: "github.com/kubeflow/trainer/v2/cmd/trainer-controller-manager"}
	JobSet           = Program{Name: "jobset-manager", Package: "sigs.k8s.io/jobset"}
	Traefik          = Program{Name: "traefik", Package: "github.com/traefik/traefik/v3/cmd/traefik"}
	MetricsServer    = Program{
		Name: "metrics-server", Package: "sigs.k8s.io/metrics-server/cmd/metrics-server",
		LinkerFlags: "-X k8s.io/component-base/version.gitVersion=v0.8.0",
	}
)

// All lists every program.
func All() []Program {
	return []Program{Kubernetes, CoreDNS, KServe, TrainingOperator, Trainer, JobSet, Traefik, MetricsServer}
}

// Lean takes the place of a package that pulls in far more than a cluster for tests
// uses of the program that imports it.
type Lean struct {
	// Requirement is the Go module that holds the package.
	Requirement string
	// Package is the package's folder in it.
	Package string
	// Replacement is the folder below programs/ whose files become all there is of
	// the package and of those below it.
	Replacement string
}

// leans are the clients of clouds, and Traefik's runtimes of plugins: together more
// code than all the rest of the controllers.
func leans() []Lean {
	return []Lean{
		{Requirement: "github.com/go-acme/lego/v4", Package: "providers/dns", Replacement: "lean/dns"},
		{Requirement: "github.com/traefik/traefik/v3", Package: "pkg/provider/ecs", Replacement: "lean/ecs"},
		{Requirement: "github.com/traefik/traefik/v3", Package: "pkg/plugins", Replacement: "lean/plugins"},
		{Requirement: "github.com/kserve/kserve", Package: "pkg/agent/storage", Replacement: "lean/storage"},
	}
}
