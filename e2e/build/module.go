package build

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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

// Source is the folder in the module cache that holds a module's files, as
// required by the named module below programs/. Manifests are read from there.
func (c Cache) Source(ctx context.Context, module, requirement string) (string, error) {
	command := exec.CommandContext(ctx, "go", "mod", "download", requirement)
	command.Dir = c.Module(module)
	command.Env = append(os.Environ(), "GOWORK=off")
	if output, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("download %s: %w\n%s", requirement, err, output)
	}
	command = exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", requirement)
	command.Dir = c.Module(module)
	command.Env = append(os.Environ(), "GOWORK=off")
	output, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("find the files of %s: %w", requirement, err)
	}
	dir := strings.TrimSpace(string(output))
	if dir == "" {
		return "", fmt.Errorf("go list knows no folder for %s", requirement)
	}
	return dir, nil
}
