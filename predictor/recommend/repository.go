package recommend

import (
	"errors"

	"github.com/daybreak-ml/daybreak/predictor/versions"
)

// A RefusedError says why a model that was to be loaded is not served.
type RefusedError struct{ Reason error }

func (e *RefusedError) Error() string { return e.Reason.Error() }
func (e *RefusedError) Unwrap() error { return e.Reason }

// Load makes a model serve what its folder now holds. Errors: *versions.UnknownModelError,
// *RefusedError.
func (s *Service) Load(name string) error {
	err := s.Models.Load(name)
	var unknown *versions.UnknownModelError
	if err == nil || errors.As(err, &unknown) {
		return err
	}
	return &RefusedError{Reason: err}
}

// Serving returns the versions that serve of the model that is asked for, newest first, or only the
// one that is asked for. Errors: ErrNotReady, *versions.UnknownModelError,
// *versions.UnknownVersionError.
func (s *Service) Serving(target Target) ([]string, error) {
	version, err := s.Models.Acquire(target.Model, target.Version)
	if err != nil {
		return nil, err
	}
	defer version.Release()
	if target.Version != "" {
		return []string{target.Version}, nil
	}
	return s.Models.Versions(target.Model)
}

// An Indexed is a version of a model, or a model of which none serves, in the repository's index.
type Indexed struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
	State   string `json:"state"`  // READY or UNAVAILABLE
	Reason  string `json:"reason"` // of being unavailable, or why the newest version was refused
}

// Index returns the models there are, by name and then newest version first, or only those that are
// ready.
func (s *Service) Index(onlyReady bool) []Indexed {
	index := []Indexed{}
	for _, name := range s.Models.Names() {
		found, err := s.Models.Model(name)
		if err != nil { // it has gone meanwhile
			continue
		}
		serving, reason := found.Names(), found.Reason()
		for _, version := range serving {
			index = append(index, Indexed{Name: name, Version: version, State: "READY", Reason: reason})
		}
		if len(serving) == 0 && !onlyReady {
			index = append(index, Indexed{Name: name, State: "UNAVAILABLE", Reason: reason})
		}
	}
	return index
}
