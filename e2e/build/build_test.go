package build

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestABinaryIsBuiltOnceAndThenFound(t *testing.T) {
	cache := fixture(t, "package main\n\nfunc main() {}\n")
	program := Program{Name: "tool", Package: "./tool"}

	paths, err := cache.Binaries(t.Context(), []Program{program})
	require.NoError(t, err)
	require.FileExists(t, paths["tool"])
	require.NoDirExists(t, cache.objects(), "Go's build cache is not kept")

	before, err := os.Stat(paths["tool"])
	require.NoError(t, err)
	again, err := cache.Binaries(t.Context(), []Program{program})
	require.NoError(t, err)
	after, err := os.Stat(again["tool"])
	require.NoError(t, err)
	require.True(t, os.SameFile(before, after))
}

func TestWhatABuildThatWasKilledLeftIsNotInTheWay(t *testing.T) {
	cache := fixture(t, "package main\n\nfunc main() {}\n")
	require.NoError(t, os.MkdirAll(filepath.Join(cache.Dir, "part", "tool"), 0o755))

	paths, err := cache.Binaries(t.Context(), []Program{{Name: "tool", Package: "./tool"}})

	require.NoError(t, err)
	require.FileExists(t, paths["tool"])
	require.NoDirExists(t, filepath.Join(cache.Dir, "part"))
}

func TestWhatABuildDependsOnIsPartOfItsKey(t *testing.T) {
	cache := fixture(t, "package main\n\nfunc main() {}\n")
	program := Program{Name: "tool", Package: "./tool"}
	keyOf := func(program Program) string {
		inputs, err := cache.inputs()
		require.NoError(t, err)
		return key(inputs, program)
	}
	plain := keyOf(program)
	require.Equal(t, plain, keyOf(program))

	flagged := program
	flagged.LinkerFlags = "-X main.version=1"
	require.NotEqual(t, plain, keyOf(flagged))

	require.NoError(t, os.WriteFile(filepath.Join(cache.Module(), "tool", "main.go"), []byte("package main\n\nfunc main() { println() }\n"), 0o644))
	require.NotEqual(t, plain, keyOf(program))
}

func TestABuildThatFailsIsNamedWithTheCompilersWords(t *testing.T) {
	cache := fixture(t, "package main\n\nfunc main() { undefined() }\n")
	_, err := cache.Binaries(t.Context(), []Program{{Name: "tool", Package: "./tool"}})
	require.ErrorContains(t, err, "build the programs in "+cache.Module())
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

func TestALeanPackageTakesThePlaceOfAnotherAndOfThoseBelowIt(t *testing.T) {
	cache := fixture(t, "package main\n\nfunc main() {}\n")
	folder := filepath.Join(t.TempDir(), "clients")
	require.NoError(t, os.MkdirAll(filepath.Join(folder, "cloud"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "clients.go"), []byte("package clients\n"), 0o644))
	lean := filepath.Join(cache.Module(), "lean", "clients")
	require.NoError(t, os.MkdirAll(lean, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(lean, "none.go"), []byte("package clients\n"), 0o644))

	require.NoError(t, cache.replace(Lean{Replacement: "lean/clients"}, folder))

	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Len(t, left, 1)
	require.Equal(t, "none.go", left[0].Name())
}

func TestEveryLeanPackageBearsTheNameOfTheOneItReplaces(t *testing.T) {
	root, err := FindRoot()
	require.NoError(t, err)
	for _, lean := range leans() {
		name := filepath.Base(lean.Package)
		content, err := os.ReadFile(filepath.Join(root, "programs", lean.Replacement, name+".go"))
		require.NoError(t, err)
		require.Contains(t, string(content), "\npackage "+name+"\n")
	}
}

// fixture is a cache over a module of one program.
func fixture(t *testing.T, source string) Cache {
	t.Helper()
	root := t.TempDir()
	module := filepath.Join(root, "programs")
	require.NoError(t, os.MkdirAll(filepath.Join(module, "tool"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(module, "go.mod"), []byte("module example.com/programs\n\ngo 1.26.0\n"), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(module, "go.sum"), nil, 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(module, "tool", "main.go"), []byte(source), 0o644))
	cache, err := NewCache(root, t.TempDir())
	require.NoError(t, err)
	cache.Lean = nil
	return cache
}
