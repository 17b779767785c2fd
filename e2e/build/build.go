package build

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Cache builds programs and keeps the binaries.
type Cache struct {
	// Root is the folder of the e2e module, which holds programs/.
	Root string
	// Dir is where binaries are kept: one file each, named <program>-<key>.
	Dir string
}

// NewCache keeps binaries in dir, or in the user's cache folder when dir is empty.
func NewCache(root, dir string) (Cache, error) {
	if dir == "" {
		base, err := os.UserCacheDir()
		if err != nil {
			return Cache{}, fmt.Errorf("find the user's cache folder (set --cache-dir instead): %w", err)
		}
		dir = filepath.Join(base, "daybreak", "e2e")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return Cache{}, fmt.Errorf("make %s absolute: %w", dir, err)
	}
	return Cache{Root: root, Dir: dir}, nil
}

// Module is the folder of the named module below programs/.
func (c Cache) Module(name string) string { return filepath.Join(c.Root, "programs", name) }

// Binaries builds what is missing and returns every program's path by name.
// Go's own build cache for these builds, several gigabytes, is removed at the end.
func (c Cache) Binaries(ctx context.Context, programs []Program) (map[string]string, error) {
	paths := make(map[string]string, len(programs))
	for _, program := range programs {
		path, err := c.Binary(ctx, program)
		if err != nil {
			return nil, err
		}
		paths[program.Name] = path
	}
	return paths, c.removeObjects()
}

// removeObjects removes Go's build cache, unless another process builds with it.
func (c Cache) removeObjects() error {
	unlock, err := lock(c.objects()+".lock", unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return nil
	}
	if err != nil {
		return err
	}
	defer unlock()
	if err := os.RemoveAll(c.objects()); err != nil {
		return fmt.Errorf("remove the build cache: %w", err)
	}
	return nil
}

// Binary returns the path of the built program, building it unless it is there.
// Of several processes that want the same program one builds; the others wait.
func (c Cache) Binary(ctx context.Context, program Program) (string, error) {
	key, err := c.key(program)
	if err != nil {
		return "", fmt.Errorf("key of %s: %w", program.Name, err)
	}
	path := filepath.Join(c.Dir, program.Name+"-"+key)
	if exists(path) {
		return path, nil
	}
	if err := os.MkdirAll(c.Dir, 0o755); err != nil {
		return "", fmt.Errorf("make the cache folder: %w", err)
	}
	unlock, err := lock(filepath.Join(c.Dir, program.Name+".lock"), unix.LOCK_EX)
	if err != nil {
		return "", err
	}
	defer unlock()
	if exists(path) {
		return path, nil
	}
	return path, c.build(ctx, program, path)
}

func (c Cache) build(ctx context.Context, program Program, path string) error {
	unlock, err := lock(c.objects()+".lock", unix.LOCK_SH)
	if err != nil {
		return err
	}
	defer unlock()
	slog.Info("building, once", "program", program.Name)
	start := time.Now()
	part := path + ".part"
	arguments := append([]string{"build"}, flags(program)...)
	if program.Lean != (Lean{}) {
		modfile, remove, err := c.lean(ctx, program)
		if err != nil {
			return fmt.Errorf("make %s lean: %w", program.Name, err)
		}
		defer remove()
		arguments = append(arguments, "-modfile", modfile)
	}
	command := exec.CommandContext(ctx, "go", append(arguments, "-o", part, program.Package)...)
	command.Dir = c.Module(program.Module)
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off", "GOCACHE="+c.objects())
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	if err := command.Run(); err != nil {
		return fmt.Errorf("build %s in programs/%s: %w\n%s", program.Name, program.Module, err, lastLines(output.String(), 20))
	}
	if err := os.Rename(part, path); err != nil {
		return fmt.Errorf("keep %s: %w", program.Name, err)
	}
	slog.Info("built", "program", program.Name, "seconds", int(time.Since(start).Seconds()))
	return nil
}

// objects is Go's build cache for these builds alone, so that it can be thrown away.
func (c Cache) objects() string { return filepath.Join(c.Dir, "go-build") }

func flags(program Program) []string {
	return []string{"-trimpath", "-buildvcs=false", "-ldflags", strings.TrimSpace("-s -w " + program.LinkerFlags)}
}

// key covers all that decides what a build gives.
func (c Cache) key(program Program) (string, error) {
	version, err := goVersion(c.Root)
	if err != nil {
		return "", err
	}
	hash := sha256.New()
	hash.Write(fmt.Appendln(nil, version, runtime.GOOS, runtime.GOARCH, program.Package, flags(program)))
	if program.Lean != (Lean{}) {
		hash.Write(fmt.Appendln(nil, program.Lean))
	}
	files, err := fs.Glob(os.DirFS(c.Module(program.Module)), "*")
	if err != nil {
		return "", err
	}
	for _, name := range files {
		content, err := os.ReadFile(filepath.Join(c.Module(program.Module), name))
		if err != nil {
			return "", err
		}
		hash.Write(fmt.Appendln(nil, name, len(content)))
		hash.Write(content)
	}
	return fmt.Sprintf("%x", hash.Sum(nil))[:16], nil
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

// lock takes a file's lock, as flock does with the same operation.
func lock(path string, operation int) (func(), error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open the build lock: %w", err)
	}
	if err := unix.Flock(int(file.Fd()), operation); err != nil {
		return nil, errors.Join(fmt.Errorf("take the build lock %s: %w", path, err), file.Close())
	}
	return func() { _ = file.Close() }, nil // closing gives the lock up
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func lastLines(text string, count int) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-count):], "\n")
}
