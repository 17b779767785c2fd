package build

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path"
	"path/filepath"
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
	// Lean are the packages that are not built as they are published.
	Lean []Lean
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
	return Cache{Root: root, Dir: dir, Lean: leans()}, nil
}

// Module is the folder of the programs' module.
func (c Cache) Module() string { return filepath.Join(c.Root, "programs") }

// Binaries builds what is missing and returns every program's path by name. Of
// several processes one builds at a time; the others wait.
func (c Cache) Binaries(ctx context.Context, programs []Program) (map[string]string, error) {
	paths, err := c.paths(programs)
	if err != nil {
		return nil, err
	}
	if len(missing(programs, paths)) == 0 {
		return paths, nil
	}
	if err := os.MkdirAll(c.Dir, 0o755); err != nil {
		return nil, fmt.Errorf("make the cache folder: %w", err)
	}
	unlock, err := lock(filepath.Join(c.Dir, "build.lock"))
	if err != nil {
		return nil, err
	}
	defer unlock()
	if absent := missing(programs, paths); len(absent) > 0 {
		err = c.build(ctx, absent, paths)
	}
	return paths, err
}

func missing(programs []Program, paths map[string]string) []Program {
	var absent []Program
	for _, program := range programs {
		if !exists(paths[program.Name]) {
			absent = append(absent, program)
		}
	}
	return absent
}

// build compiles and links the programs and moves each to its path. Go's own cache
// of these builds, several gigabytes, is kept only if they fail or are interrupted.
func (c Cache) build(ctx context.Context, programs []Program, paths map[string]string) error {
	part := filepath.Join(c.Dir, "part")
	if err := os.RemoveAll(part); err != nil { // of a build that was killed
		return fmt.Errorf("remove what an earlier build left: %w", err)
	}
	defer func() { _ = os.RemoveAll(part) }() // holds nothing but this build
	if err := os.MkdirAll(part, 0o755); err != nil {
		return fmt.Errorf("make the folder of the build: %w", err)
	}
	var names []string
	for _, program := range programs {
		names = append(names, program.Name)
	}
	slog.Info("building, once", "programs", strings.Join(names, ","))
	start := time.Now()
	stop := everyMinute(func() { slog.Info("still building", "minutes", int(time.Since(start).Minutes())) })
	err := c.compile(ctx, programs, part)
	stop()
	if err != nil {
		return err
	}
	for _, program := range programs {
		if err := os.Rename(filepath.Join(part, path.Base(program.Package)), paths[program.Name]); err != nil {
			return fmt.Errorf("keep %s: %w", program.Name, err)
		}
	}
	slog.Info("built", "programs", len(programs), "seconds", int(time.Since(start).Seconds()))
	if err := os.RemoveAll(c.objects()); err != nil {
		return fmt.Errorf("remove the build cache: %w", err)
	}
	return nil
}

// compile leaves each program in the folder under the last element of its package.
func (c Cache) compile(ctx context.Context, programs []Program, folder string) error {
	modfile, err := c.lean(ctx, folder)
	if err != nil {
		return err
	}
	arguments := append([]string{"build", "-modfile", modfile, "-o", folder + "/"}, flags(programs)...)
	for _, program := range programs {
		arguments = append(arguments, program.Package)
	}
	command := exec.CommandContext(ctx, "go", arguments...)
	command.Dir = c.Module()
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off", "GOCACHE="+c.objects())
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	if err := command.Run(); err != nil {
		return fmt.Errorf("build the programs in %s: %w\n%s", c.Module(), err, lastLines(output.String(), 20))
	}
	return nil
}

// flags are those of every program, and by its package each one's own.
func flags(programs []Program) []string {
	flags := []string{"-trimpath", "-buildvcs=false", "-ldflags=-s -w"}
	for _, program := range programs {
		if program.LinkerFlags != "" {
			flags = append(flags, "-ldflags="+program.Package+"=-s -w "+program.LinkerFlags)
		}
	}
	return flags
}

// objects is Go's build cache for these builds alone, so that it can be thrown away.
func (c Cache) objects() string { return filepath.Join(c.Dir, "go-build") }

func everyMinute(do func()) (stop func()) {
	ticker, stopped := time.NewTicker(time.Minute), make(chan struct{})
	go func() {
		for {
			select {
			case <-ticker.C:
				do()
			case <-stopped:
				ticker.Stop()
				return
			}
		}
	}()
	return func() { close(stopped) }
}

// lock takes a file's lock, waiting for it.
func lock(path string) (func(), error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open the build lock: %w", err)
	}
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX); err != nil {
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
