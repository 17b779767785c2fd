package main

import (
	"fmt"
	"io/fs"
	"regexp"
	"strings"
)

// What URIs start with: a version of a registered model, and a folder of a run's artifacts.
const (
	versionScheme = "mlflow://"
	runScheme     = "mlflow-run://"
)

// want is how URIs are to look.
const want = "it must be as in mlflow://recommender/13 or mlflow-run://0123456789abcdef0123456789abcdef/model"

// Source is what a URI names: a registered model and either a version or an alias, or a run and a
// folder of its artifacts.
type Source struct {
	Model   string
	Version string // a positive number, as MLflow writes it
	Alias   string

	Run  string // its id
	Path string // relative, with slashes
}

// String names the source in messages.
func (s Source) String() string {
	if s.Run != "" {
		return fmt.Sprintf("%q of run %s", s.Path, s.Run)
	}
	return fmt.Sprintf("version %s of %q", s.Version, s.Model)
}

// Folder is the name of the folder that the predictor finds it in: a version's number, which it
// reports; for a run, which has none, 1.
func (s Source) Folder() string {
	if s.Run != "" {
		return "1"
	}
	return s.Version
}

var (
	versionNumber = regexp.MustCompile(`^[1-9][0-9]{0,17}$`)
	runID         = regexp.MustCompile(`^[0-9a-zA-Z][\w\-]{0,255}$`) // as MLflow's server checks it
)

// ParseSource reads mlflow://<registered model>/<version>, mlflow://<registered model>@<alias> or
// mlflow-run://<run>/<path>.
func ParseSource(uri string) (Source, error) {
	if rest, ok := strings.CutPrefix(uri, runScheme); ok {
		run, path, _ := strings.Cut(rest, "/")
		if !runID.MatchString(run) || path == "." || !fs.ValidPath(path) {
			return Source{}, fmt.Errorf("URI %q names no run and no folder of its artifacts; %s", uri, want)
		}
		return Source{Run: run, Path: path}, nil
	}
	rest, ok := strings.CutPrefix(uri, versionScheme)
	if !ok {
		return Source{}, fmt.Errorf("URI %q has another scheme; %s", uri, want)
	}
	if model, version, found := strings.Cut(rest, "/"); found {
		if model == "" || !versionNumber.MatchString(version) {
			return Source{}, fmt.Errorf("URI %q names no registered model and version; %s", uri, want)
		}
		return Source{Model: model, Version: version}, nil
	}
	model, alias, found := strings.Cut(rest, "@")
	if !found || model == "" || alias == "" {
		return Source{}, fmt.Errorf("URI %q names no version; %s", uri, want)
	}
	return Source{Model: model, Alias: alias}, nil
}
