package model_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/model/modeltest"
)

// unlist takes a file out of a model folder and its sums.
func unlist(t *testing.T, dir, file string) {
	t.Helper()
	require.NoError(t, os.Remove(filepath.Join(dir, file)))
	line := regexp.MustCompile(`(?m)^[0-9a-f]{64}  ` + regexp.QuoteMeta(file) + "\n")
	edit(t, dir, "SHA256SUMS", func(data []byte) []byte { return line.ReplaceAll(data, nil) })
}

func TestAModelWithoutIndicesIsReadFromItsParquetFiles(t *testing.T) {
	p := modeltest.Parameters(t, 1, modeltest.Small)
	with := write(t, p)
	without := write(t, p)
	unlist(t, without, "items.index")
	unlist(t, without, "users.index")
	indexed, err := model.Load(with)
	require.NoError(t, err)
	defer func() { require.NoError(t, indexed.Close()) }()
	plain, err := model.Load(without)
	require.NoError(t, err)
	defer func() { require.NoError(t, plain.Close()) }()
	require.NoError(t, model.VerifyGolden(plain))
	for i := range indexed.Items() {
		require.Equal(t, plain.Item(i), indexed.Item(i))
	}
	for u := range indexed.Users() {
		require.Equal(t, plain.UserID(u), indexed.UserID(u))
	}
	request := model.Request{User: modeltest.UserID(1), K: 9, InStock: true, Categories: []string{"garden", "lighting", "nonesuch"}, PerCategory: 4}
	require.Equal(t, recommend(t, plain, request), recommend(t, indexed, request))
}

func TestIDsAreFoundAndOthersAreNot(t *testing.T) {
	m := small(t)
	for _, unknown := range []string{"", "a", "item-00000x", "item-0000", "zzz", "item-00025 "} {
		_, known := m.ItemIndex(unknown)
		require.False(t, known, "%q", unknown)
	}
}

func TestWhatPythonCompiledIsNoPartOfAModel(t *testing.T) {
	dir := write(t, modeltest.Parameters(t, 1, modeltest.Small))
	compiled := filepath.Join(dir, "code", "__pycache__")
	require.NoError(t, os.Mkdir(compiled, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(compiled, "daybreak_model.cpython-311.pyc"), []byte("anything"), 0o600))
	m, err := model.Load(dir)
	require.NoError(t, err)
	require.NoError(t, m.Close())
}

func TestALargeFileIsVerifiedInChunksAndNoneMayDiffer(t *testing.T) {
	p := modeltest.Parameters(t, 1, modeltest.Size{Users: 5000, Items: 500, Rank: 512})
	dir := write(t, p)
	m, err := model.Load(dir)
	require.NoError(t, err)
	require.NoError(t, m.Close())
	require.FileExists(t, filepath.Join(dir, "CHUNKSUMS.json"))
	for place, change := range map[string]func([]byte){
		"in the first chunk": func(data []byte) { data[4<<20] ^= 1 },
		"in the second":      func(data []byte) { data[9<<20] ^= 1 },
		"at the end":         func(data []byte) { data[len(data)-1] ^= 1 },
	} {
		edit(t, dir, "model.safetensors", func(data []byte) []byte { change(data); return data })
		_, err = model.Load(dir)
		require.ErrorContains(t, err, "model.safetensors: differs from what was written", place)
		edit(t, dir, "model.safetensors", func(data []byte) []byte { change(data); return data })
	}
	replace(t, dir, "CHUNKSUMS.json", `"chunk_bytes": 8388608`, `"chunk_bytes": 8388609`)
	_, err = model.Load(dir)
	var damaged *model.IntegrityError
	require.ErrorAs(t, err, &damaged)
}
