package build

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// paths are where the programs are, or will be once built, by their names.
func (c Cache) paths(programs []Program) (map[string]string, error) {
	inputs, err := c.inputs()
	if err != nil {
		return nil, fmt.Errorf("read what the programs are built from: %w", err)
	}
	paths := make(map[string]string, len(programs))
	for _, program := range programs {
		paths[program.Name] = filepath.Join(c.Dir, program.Name+"-"+key(inputs, program))
	}
	return paths, nil
}

// key covers all that decides what a build gives.
func key(inputs []byte, program Program) string {
	hash := sha256.New()
	hash.Write(inputs)
	hash.Write(fmt.Appendln(nil, runtime.GOOS, runtime.GOARCH, program.Package, flags([]Program{program})))
	return fmt.Sprintf("%x", hash.Sum(nil))[:16]
}

// inputs is a digest of what the programs have in common.
func (c Cache) inputs() ([]byte, error) {
	version, err := goVersion(c.Root)
	if err != nil {
		return nil, err
	}
	hash := sha256.New()
	hash.Write(fmt.Appendln(nil, version, c.Lean))
	module := os.DirFS(c.Module())
	err = fs.WalkDir(module, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(module, name)
		hash.Write(fmt.Appendln(nil, name, len(content)))
		hash.Write(content)
		return err
	})
	return hash.Sum(nil), err
}

func goVersion(dir string) (string, error) {
	command := exec.Command("go", "env", "GOVERSION")
	command.Dir = dir
	output, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("ask go for its version: %w", err)
	}
	return strings.TrimSpace(string(output)), nil
}
