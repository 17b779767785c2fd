// Package dependencies lets a test see what a program links: a committed, sorted list lies beside
// each main, so that a new dependency is seen in review, and no program but the pipelines may link a
// package of Kubernetes, KServe or Kubeflow.
//
//	var update = flag.Bool("update", false, "write dependencies.txt anew")
//
//	func TestWhatTheProgramLinks(t *testing.T) {
//		linked, err := dependencies.Of(".")
//		require.NoError(t, err)
//		require.Empty(t, linked.Kubernetes())
//		require.NoError(t, linked.Compare("dependencies.txt", *update))
//	}
package dependencies

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// project is the module whose programs are looked at.
const project = "github.com/daybreak-ml/daybreak"

// Linked is what a program is made of.
type Linked struct {
	Packages []string // import paths, sorted, without the standard library's
	Modules  []string // paths of the modules they come from, sorted, without the project's own
}

// Of returns what the program in dir links for Linux on amd64.
func Of(dir string) (Linked, error) {
	command := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}} {{.Module.Path}}{{end}}", ".")
	command.Dir = dir
	command.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0")
	printed, err := command.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = fmt.Errorf("%w: %s", err, exit.Stderr)
		}
		return Linked{}, fmt.Errorf("list what %s links: %w", dir, err)
	}
	var linked Linked
	for line := range strings.Lines(string(printed)) {
		path, module, _ := strings.Cut(strings.TrimSpace(line), " ")
		if path == "" {
			continue
		}
		linked.Packages = append(linked.Packages, path)
		if module != project {
			linked.Modules = append(linked.Modules, module)
		}
	}
	slices.Sort(linked.Packages)
	slices.Sort(linked.Modules)
	linked.Modules = slices.Compact(linked.Modules)
	return linked, nil
}

// Own returns the project's packages among those linked, without the project's path.
func (l Linked) Own() []string {
	var own []string
	for _, path := range l.Packages {
		if relative, ok := strings.CutPrefix(path, project+"/"); ok {
			own = append(own, relative)
		}
	}
	return own
}

// Kubernetes returns the packages of Kubernetes, KServe and Kubeflow among those linked.
func (l Linked) Kubernetes() []string {
	var found []string
	for _, path := range l.Packages {
		for _, of := range []string{"k8s.io/", "sigs.k8s.io/", "github.com/kserve/", "github.com/kubeflow/", "knative.dev/"} {
			if strings.HasPrefix(path, of) {
				found = append(found, path)
			}
		}
	}
	return found
}

// Compare reports how the modules linked differ from those that file lists, one a line. With update
// it writes the file instead.
func (l Linked) Compare(file string, update bool) error {
	if update {
		return os.WriteFile(file, []byte(strings.Join(l.Modules, "\n")+"\n"), 0o644)
	}
	listed, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read the modules that may be linked (go test -update writes them): %w", err)
	}
	expected := strings.Fields(string(listed))
	var differences []string
	for _, module := range l.Modules {
		if !slices.Contains(expected, module) {
			differences = append(differences, "+ "+module)
		}
	}
	for _, module := range expected {
		if !slices.Contains(l.Modules, module) {
			differences = append(differences, "- "+module)
		}
	}
	if len(differences) == 0 {
		return nil
	}
	return fmt.Errorf("the modules linked are not those in %s; if that is meant, run go test -update:\n%s", file, strings.Join(differences, "\n"))
}
