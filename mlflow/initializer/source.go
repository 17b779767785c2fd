package main

import (
	"fmt"
	"regexp"
	"strings"
)

// scheme is what a URI of a registered model starts with.
const scheme = "mlflow://"

// Source is what a URI names: a registered model and either a version or an alias.
type Source struct {
	Model   string
	Version string // a positive number, as MLflow writes it
	Alias   string
}

var versionNumber = regexp.MustCompile(`^[1-9][0-9]{0,17}$`)

// ParseSource reads mlflow://<registered model>/<version>, or mlflow://<registered model>@<alias>.
func ParseSource(uri string) (Source, error) {
	rest, ok := strings.CutPrefix(uri, scheme)
	if !ok {
		return Source{}, fmt.Errorf("URI %q does not start with %s; it must be as in mlflow://recommender/13", uri, scheme)
	}
	if model, version, found := strings.Cut(rest, "/"); found {
		if model == "" || !versionNumber.MatchString(version) {
			return Source{}, fmt.Errorf("URI %q names no registered model and version; it must be as in mlflow://recommender/13", uri)
		}
		return Source{Model: model, Version: version}, nil
	}
	model, alias, found := strings.Cut(rest, "@")
	if !found || model == "" || alias == "" {
		return Source{}, fmt.Errorf("URI %q names no version; it must be as in mlflow://recommender/13", uri)
	}
	return Source{Model: model, Alias: alias}, nil
}
