package model_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/model/modeltest"
)

// damage does something to a file of a model folder and says what.
func damage(t *testing.T, random *rand.Rand, dir string, files []string) string {
	t.Helper()
	name := files[random.IntN(len(files))]
	path := filepath.Join(dir, filepath.FromSlash(name))
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	write := func(changed []byte) { require.NoError(t, os.WriteFile(path, changed, 0o600)) }
	switch random.IntN(6) {
	case 0:
		write(content[:random.IntN(len(content))])
		return name + " is truncated"
	case 1:
		content[random.IntN(len(content))] ^= 1 << random.IntN(8)
		write(content)
		return "a bit of " + name + " is flipped"
	case 2:
		require.NoError(t, os.Remove(path))
		return name + " is deleted"
	case 3:
		write(append(content, make([]byte, 1+random.IntN(100))...))
		return name + " is longer"
	case 4:
		begin := random.IntN(len(content))
		end := begin + 1 + random.IntN(len(content)-begin)
		before := slices.Clone(content)
		clear(content[begin:end])
		if bytes.Equal(before, content) {
			content[begin] = 1
		}
		write(content)
		return "a part of " + name + " is zeros"
	default:
		other := files[random.IntN(len(files))]
		if other == name {
			other = "SHA256SUMS"
		}
		theirs, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(other)))
		require.NoError(t, err)
		if bytes.Equal(theirs, content) {
			theirs = append(theirs, 0)
		}
		write(theirs)
		return name + " holds what belongs in " + other
	}
}

func TestOfRandomlyDamagedFoldersNoneIsLoaded(t *testing.T) {
	damages := 100
	if os.Getenv("DAYBREAK_SOAK") != "" {
		damages = 1000
	}
	whole := write(t, modeltest.Parameters(t, 1, modeltest.Small))
	var names []string
	for name := range files(t, whole) {
		names = append(names, name)
	}
	slices.Sort(names)
	random := rand.New(rand.NewPCG(1, 1))
	for range damages {
		dir := filepath.Join(t.TempDir(), "model")
		require.NoError(t, os.CopyFS(dir, os.DirFS(whole)))
		done := damage(t, random, dir, names)
		_, err := model.Load(dir)
		var integrity *model.IntegrityError
		require.ErrorAs(t, err, &integrity, done)
		require.NoError(t, os.RemoveAll(dir))
	}
	t.Logf("%d damages, none loaded", damages)
}

// A folder whose sums are right may still have been written wrongly.
func TestAnIndexThatIsWrongIsRefusedThoughItsSumsAreRight(t *testing.T) {
	for name, c := range map[string]struct{ file, old, replacement string }{
		"ids out of order":              {"users.index", "shopper-00003", "shopper-00001"},
		"ids that are no text":          {"items.index", "item-00007", "item-\xff\xfe007"},
		"a header of another form":      {"items.index", `"category":{"dtype":"I32"`, `"category":{"dtype":"F32"`},
		"a tensor of another name":      {"users.index", `"offsets"`, `"offsetz"`},
		"a header that isn't an object": {"users.index", "{", "["},
	} {
		t.Run(name, func(t *testing.T) {
			dir := write(t, modeltest.Parameters(t, 1, modeltest.Small))
			replace(t, dir, c.file, c.old, c.replacement)
			_, err := model.Load(dir)
			var integrity *model.IntegrityError
			require.ErrorAs(t, err, &integrity)
			require.Equal(t, c.file, integrity.File)
		})
	}
}
