// Package flagfile lets a command read its flags from a YAML file:
//
//	type nightFlags struct {
//		Config flagfile.Path `type:"existingfile"`
//		…
//	}
//
//	func (*nightFlags) BeforeResolve(ctx *kong.Context) error { return flagfile.Load(ctx) }
//
// Each key is a flag's name, without the dashes before it. What is given as a flag or in the environment
// wins over the file. A key that is no flag of the command is an error.
package flagfile

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/goccy/go-yaml"
)

// Path is the type of the flag that names the file.
type Path string

// Load makes the chosen command take its flags from the file that its flag of type Path names, if one is
// named. It is to be called before flags are resolved.
func Load(ctx *kong.Context) error {
	chosen := ctx.Selected()
	if chosen == nil {
		return nil
	}
	var path Path
	known := map[string]bool{}
	for _, flags := range chosen.AllFlags(true) {
		for _, flag := range flags {
			if file, ok := ctx.FlagValue(flag).(Path); ok {
				path = file
			} else {
				known[flag.Name] = flag.Name != "help"
			}
		}
	}
	if path == "" {
		return nil
	}
	document, err := os.ReadFile(string(path))
	if err != nil {
		return err
	}
	values, err := parse(document, known, chosen.Name)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	ctx.AddResolver(values)
	return nil
}

// values are arguments by the flag's name.
type values map[string]string

func parse(document []byte, known map[string]bool, command string) (values, error) {
	var fields map[string]any
	if err := yaml.Unmarshal(document, &fields); err != nil {
		return nil, err
	}
	parsed := values{}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if !known[name] {
			return nil, fmt.Errorf("%s: %s has no such flag", name, command)
		}
		text, err := argument(fields[name])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		parsed[name] = text
	}
	return parsed, nil
}

// argument is a value as it would be given to a flag.
func argument(value any) (string, error) {
	switch value := value.(type) {
	case nil, map[string]any:
		return "", errors.New("it must have one value, or a list of values")
	case []any:
		var elements []string
		for _, element := range value {
			text, err := argument(element)
			if err != nil {
				return "", err
			}
			elements = append(elements, text)
		}
		return strings.Join(elements, ","), nil
	default:
		return fmt.Sprint(value), nil
	}
}

// Validate finds nothing: names have been looked up.
func (v values) Validate(*kong.Application) error { return nil }

// Resolve gives the file's value for a flag, unless the environment has one.
func (v values) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	value, given := v[flag.Name]
	if !given || slices.ContainsFunc(flag.Envs, func(name string) bool { _, set := os.LookupEnv(name); return set }) {
		return nil, nil
	}
	return value, nil
}
