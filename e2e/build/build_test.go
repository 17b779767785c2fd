package build

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestABinaryIsBuiltOnceAndThenFound(t *testing.T) {
	cache := fixture(t, "package main\n\nfunc main() {}\n")
	program := Program{Name: "tool", Module: "tool", Package: "."}

	paths, err := cache.Binaries(t.Context(), []Program{program})
	require.NoError(t, err)
	require.FileExists(t, paths["tool"])
	require.NoDirExists(t, cache.objects(), "Go's build cache is not kept")

	before, err := os.Stat(paths["tool"])
	require.NoError(t, err)
	again, err := cache.Binary(t.Context(), program)
	require.NoError(t, err)
	after, err := os.Stat(again)
	require.NoError(t, err)
	require.True(t, os.SameFile(before, after))
}

func TestWhatABuildDependsOnIsPartOfItsKey(t *testing.T) {
	cache := fixture(t, "package main\n\nfunc main() {}\n")
	program := Program{Name: "tool", Module: "tool", Package: "."}
	key := func(program Program) string {
		key, err := cache.key(program)
		require.NoError(t, err)
		return key
	}
	plain := key(program)
	require.Equal(t, plain, key(program))

	flagged := program
	flagged.LinkerFlags = "-X main.version=1"
	require.NotEqual(t, plain, key(flagged))

	require.NoError(t, os.WriteFile(filepath.Join(cache.Module("tool"), "main.go"), []byte("package main\n\nfunc main() { println() }\n"), 0o644))
	require.NotEqual(t, plain, key(program))
}

func TestABuildThatFailsIsNamedWithTheCompilersWords(t *testing.T) {
	cache := fixture(t, "package main\n\nfunc main() { undefined() }\n")
	_, err := cache.Binary(t.Context(), Program{Name: "tool", Module: "tool", Package: "."})
	require.ErrorContains(t, err, "build tool in programs/tool")
	require.ErrorContains(t, err, "undefined: undefined")
}

func TestTheRootIsFoundFromAFolderBelow(t *testing.T) {
	here, err := os.Getwd()
	require.NoError(t, err)
	root, err := FindRoot()
	require.NoError(t, err)
	require.Equal(t, filepath.Dir(here), root)
}

func TestOutsideTheModuleThereIsNoRoot(t *testing.T) {
	t.Chdir(t.TempDir())
	_, err := FindRoot()
	require.ErrorContains(t, err, "run this from the repository's e2e folder")
}

func TestEveryProgramPinsAModuleOfItsOwn(t *testing.T) {
	root, err := FindRoot()
	require.NoError(t, err)
	for _, program := range All() {
		require.FileExists(t, filepath.Join(root, "programs", program.Module, "go.mod"))
		require.FileExists(t, filepath.Join(root, "programs", program.Module, "go.sum"))
	}
}

// fixture is a cache over a module of one program.
func fixture(t *testing.T, source string) Cache {
	t.Helper()
	root := t.TempDir()
	module := filepath.Join(root, "programs", "tool")
	require.NoError(t, os.MkdirAll(module, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(module, "go.mod"), []byte("module example.com/tool\n\ngo 1.26.0\n"), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(module, "main.go"), []byte(source), 0o644))
	cache, err := NewCache(root, t.TempDir())
	require.NoError(t, err)
	return cache
}
