package build

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// lean writes a go.mod by which the programs are built with the lean packages: the
// module's own, with each requirement that holds one replaced by a copy that has the
// lean package in place of its own. All of it is written to the folder.
func (c Cache) lean(ctx context.Context, folder string) (modfile string, err error) {
	sources, err := c.Sources(ctx, c.requirements())
	if err != nil {
		return "", err
	}
	modfile = filepath.Join(folder, "go.mod")
	content, err := os.ReadFile(filepath.Join(c.Module(), "go.mod"))
	if err != nil {
		return "", err
	}
	for requirement, source := range sources {
		copied := filepath.Join(folder, filepath.FromSlash(requirement))
		if err := os.CopyFS(copied, os.DirFS(source)); err != nil {
			return "", fmt.Errorf("copy %s: %w", requirement, err)
		}
		content = fmt.Appendf(content, "\nreplace %s => %s\n", requirement, copied)
	}
	for _, lean := range c.Lean {
		if err := c.replace(lean, filepath.Join(folder, filepath.FromSlash(lean.Requirement), lean.Package)); err != nil {
			return "", fmt.Errorf("make %s lean: %w", lean.Requirement, err)
		}
	}
	sums, err := os.ReadFile(filepath.Join(c.Module(), "go.sum"))
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(folder, "go.sum"), sums, 0o644); err != nil {
		return "", err
	}
	return modfile, os.WriteFile(modfile, content, 0o644)
}

// requirements are the modules that hold a package to be made lean, each once.
func (c Cache) requirements() []string {
	var requirements []string
	known := map[string]bool{}
	for _, lean := range c.Lean {
		if !known[lean.Requirement] {
			known[lean.Requirement] = true
			requirements = append(requirements, lean.Requirement)
		}
	}
	return requirements
}

func (c Cache) replace(lean Lean, folder string) error {
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	return os.CopyFS(folder, os.DirFS(filepath.Join(c.Module(), lean.Replacement)))
}
