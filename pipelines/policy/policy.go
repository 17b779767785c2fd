// Package policy reads the policies that people may change, a YAML file each, over defaults that are part
// of the program.
package policy

import (
	"fmt"
	"os"

	"github.com/goccy/go-yaml"
)

// Load reads the YAML file at path over the defaults, a text of the same form; an empty path leaves the
// defaults. What a file names must be known, and what comes out must satisfy valid. The kind, such as
// "gate policy", is what errors call it.
func Load[P any](kind string, defaults []byte, path string, valid func(P) error) (P, error) {
	var policy, none P
	if err := parse(defaults, &policy, valid); err != nil {
		return none, fmt.Errorf("default %s: %w", kind, err)
	}
	if path == "" {
		return policy, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return none, fmt.Errorf("read %s: %w", kind, err)
	}
	if err := parse(text, &policy, valid); err != nil {
		return none, fmt.Errorf("%s %s: %w", kind, path, err)
	}
	return policy, nil
}

// parse reads text over what policy says already.
func parse[P any](text []byte, policy *P, valid func(P) error) error {
	if err := yaml.UnmarshalWithOptions(text, policy, yaml.Strict()); err != nil {
		return err
	}
	return valid(*policy)
}

// Bound is what a field's value must satisfy.
type Bound struct {
	Field string // its path, as in the file
	Holds bool
	Want  string // what would be right
}

// Check names the first field whose bound doesn't hold.
func Check(bounds []Bound) error {
	for _, bound := range bounds {
		if !bound.Holds {
			return fmt.Errorf("%s: must be %s", bound.Field, bound.Want)
		}
	}
	return nil
}
