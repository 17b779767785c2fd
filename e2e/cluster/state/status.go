package state

import (
	"errors"
	"os"
	"time"
)

// Phase is how far a cluster has come.
type Phase string

// A cluster starts, is ready, and is broken once a component has died.
const (
	Absent   Phase = ""
	Starting Phase = "starting"
	Ready    Phase = "ready"
	Broken   Phase = "broken"
)

// Status is what a cluster says of itself.
type Status struct {
	Phase Phase `json:"phase"`
	// Step is what was begun last while the cluster starts.
	Step string `json:"step,omitempty"`
	// Message says why the cluster is broken.
	Message string `json:"message,omitempty"`
	// Steps are those that are done, in the order of their ends. Several are under way at once.
	Steps []Step `json:"steps,omitempty"`
}

// Step is one part of the start and how long it took.
type Step struct {
	Name    string        `json:"name"`
	Elapsed time.Duration `json:"elapsed"`
}

// Status reads what the cluster last said. No cluster: Absent.
func (d Dir) Status() (Status, error) {
	var status Status
	err := d.read("status.json", &status)
	if errors.Is(err, os.ErrNotExist) {
		return Status{}, nil
	}
	return status, err
}

// SetStatus replaces the status.
func (d Dir) SetStatus(status Status) error { return d.write("status.json", status) }

// Options are what a cluster was started with. All paths are absolute.
type Options struct {
	// Binaries are the built programs by name (build.Program.Name).
	Binaries map[string]string `json:"binaries"`
	// Sources are module folders by the name of the controller whose manifests they hold.
	Sources map[string]string `json:"sources"`
	// Images are tars to load before the controllers start.
	Images []string `json:"images"`
	// Controllers are installed in this order.
	Controllers []string `json:"controllers"`
}

// Options reads what the cluster was started with.
func (d Dir) Options() (Options, error) {
	var options Options
	err := d.read("options.json", &options)
	return options, err
}

// SetOptions writes what the cluster is to be started with.
func (d Dir) SetOptions(options Options) error { return d.write("options.json", options) }

// HostFolders are the folders that were made on the machine to mount on.
func (d Dir) HostFolders() ([]string, error) {
	var folders []string
	err := d.read("host-folders.json", &folders)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	return folders, err
}

// SetHostFolders records the folders that were made on the machine.
func (d Dir) SetHostFolders(folders []string) error { return d.write("host-folders.json", folders) }
