package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/daybreak-ml/daybreak/e2e/testcluster"
)

// imagesVariable names the folder that holds Daybreak's images and the component of
// their digests. Without it, the cluster knows them by their tags.
const imagesVariable = "DAYBREAK_E2E_IMAGES"

// cluster is the one that all tests of the package run on.
var cluster *testcluster.Cluster

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

// run runs the tests where a cluster is reached: here, when KUBECONFIG names one,
// else in a second process inside the namespaces of a cluster brought up for it.
func run(m *testing.M) int {
	if kubeconfig := os.Getenv("KUBECONFIG"); kubeconfig != "" {
		connected, err := testcluster.Connect(kubeconfig)
		if err != nil {
			fmt.Fprintln(os.Stderr, "connect to the cluster that KUBECONFIG names:", err)
			return 1
		}
		cluster = connected
		return m.Run()
	}
	if os.Geteuid() != 0 {
		fmt.Fprintln(os.Stderr, strings.Repeat("*", 80)+
			"\nNO TEST OF A CLUSTER WAS RUN: bringing one up needs root, and KUBECONFIG names none.\n"+strings.Repeat("*", 80))
		return 0
	}
	code, err := runInside()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

func runInside() (int, error) {
	folder, err := os.MkdirTemp("", "daybreak-e2e-")
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(folder) }() // holds nothing but what was built for this run
	program := filepath.Join(folder, "cluster")
	if err := show("go", "build", "-o", program, "./cluster"); err != nil {
		return 0, fmt.Errorf("build the cluster's program: %w", err)
	}
	images := filepath.Join(folder, "images")
	wasUp := exec.Command(program, "status").Run() == nil
	built := make(chan error, 1)
	go func() { built <- show("go", "run", "./images", "--out", images) }() // while the cluster starts
	upErr, builtErr := show(program, "up"), <-built
	if upErr == nil && !wasUp {
		defer func() {
			if err := show(program, "down"); err != nil {
				fmt.Fprintln(os.Stderr, "take the cluster down:", err)
			}
		}()
	}
	if upErr != nil {
		return 0, fmt.Errorf("bring the cluster up: %w", upErr)
	}
	if builtErr != nil {
		return 0, fmt.Errorf("build Daybreak's images: %w", builtErr)
	}
	tars, err := filepath.Glob(filepath.Join(images, "*.tar"))
	if err != nil {
		return 0, err
	}
	if err := show(program, append([]string{"load"}, tars...)...); err != nil {
		return 0, fmt.Errorf("load Daybreak's images: %w", err)
	}
	inside := exec.Command(program, append([]string{"run", "--", os.Args[0]}, os.Args[1:]...)...)
	inside.Env = append(os.Environ(), imagesVariable+"="+images)
	inside.Stdin, inside.Stdout, inside.Stderr = os.Stdin, os.Stdout, os.Stderr
	err = inside.Run()
	if inside.ProcessState == nil {
		return 0, fmt.Errorf("run the tests inside the cluster: %w", err)
	}
	return inside.ProcessState.ExitCode(), show(program, "status")
}

func show(name string, arguments ...string) error {
	command := exec.Command(name, arguments...)
	command.Stdout, command.Stderr = os.Stderr, os.Stderr
	return command.Run()
}
