package build

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// lean writes a go.mod by which the program is built with its lean package: the
// module's own, with the requirement replaced by a copy of it in which the package
// is the one file. It lies in a folder that remove removes.
func (c Cache) lean(ctx context.Context, program Program) (modfile string, remove func(), err error) {
	source, err := c.Source(ctx, program.Module, program.Lean.Requirement)
	if err != nil {
		return "", nil, err
	}
	dir, err := os.MkdirTemp(c.Dir, program.Name+"-lean-")
	if err != nil {
		return "", nil, fmt.Errorf("make a folder: %w", err)
	}
	remove = func() { _ = os.RemoveAll(dir) } // holds nothing but the copy
	if err := c.writeLean(program, source, dir); err != nil {
		remove()
		return "", nil, err
	}
	return filepath.Join(dir, "go.mod"), remove, nil
}

func (c Cache) writeLean(program Program, source, dir string) error {
	lean := program.Lean
	copied := filepath.Join(dir, "module")
	if err := os.CopyFS(copied, os.DirFS(source)); err != nil {
		return fmt.Errorf("copy %s: %w", lean.Requirement, err)
	}
	folder := filepath.Join(copied, lean.Package)
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for name, target := range map[string]string{lean.File: filepath.Join(folder, "lean.go"), "go.mod": filepath.Join(dir, "go.mod"), "go.sum": filepath.Join(dir, "go.sum")} {
		content, err := os.ReadFile(filepath.Join(c.Module(program.Module), name))
		if err != nil {
			return err
		}
		if name == "go.mod" {
			content = fmt.Appendf(content, "\nreplace %s => %s\n", lean.Requirement, copied)
		}
		if err := os.WriteFile(target, content, 0o644); err != nil {
			return err
		}
	}
	return nil
}
