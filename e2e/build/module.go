package build

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// FindRoot is the folder of the e2e module: the working directory or one above it.
func FindRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the working directory: %w", err)
	}
	for ; ; dir = filepath.Dir(dir) {
		content, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && bytes.HasPrefix(content, []byte("module github.com/daybreak-ml/daybreak/e2e\n")) {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("not inside the e2e module: run this from the repository's e2e folder")
		}
	}
}

// Sources are the folders in the module cache that hold the files of modules, as the
// programs' module requires them. Manifests are read from there.
func (c Cache) Sources(ctx context.Context, requirements []string) (map[string]string, error) {
	sources := map[string]string{}
	if len(requirements) == 0 {
		return sources, nil
	}
	command := exec.CommandContext(ctx, "go", append([]string{"mod", "download", "-json"}, requirements...)...)
	command.Dir = c.Module()
	command.Env = append(os.Environ(), "GOWORK=off")
	var problems bytes.Buffer
	command.Stderr = &problems
	output, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("download %v: %w\n%s%s", requirements, err, output, &problems)
	}
	decoder := json.NewDecoder(bytes.NewReader(output))
	for {
		var module struct{ Path, Dir string }
		if err := decoder.Decode(&module); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("read what go mod download says: %w", err)
		}
		sources[module.Path] = module.Dir
	}
	for _, requirement := range requirements {
		if sources[requirement] == "" {
			return nil, fmt.Errorf("go mod download names no folder for %s", requirement)
		}
	}
	return sources, nil
}
