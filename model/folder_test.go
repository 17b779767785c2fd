package model_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/model/modeltest"
)

// write makes a model folder and returns its path.
func write(t *testing.T, p model.Parameters) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "model")
	require.NoError(t, model.Write(dir, p))
	return dir
}

// files returns the files below dir, by slash-separated path.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	content := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		content[filepath.ToSlash(strings.TrimPrefix(path, dir+string(filepath.Separator)))] = string(data)
		return err
	}))
	return content
}

func TestALoadedModelIsTheOneWritten(t *testing.T) {
	p := modeltest.Parameters(t, 1, modeltest.Small)
	m, err := model.Load(write(t, p))
	require.NoError(t, err)
	defer func() { require.NoError(t, m.Close()) }()

	require.Equal(t, p.Config, m.Config())
	require.Equal(t, len(p.Users), m.Users())
	require.Equal(t, len(p.Items), m.Items())
	for u, id := range p.Users {
		row, known := m.UserIndex(id)
		require.True(t, known)
		require.Equal(t, u, row)
		require.Equal(t, id, m.UserID(u))
		require.Equal(t, p.UserFactors[u*p.Config.Rank:(u+1)*p.Config.Rank], m.UserFactor(u))
	}
	for i, item := range p.Items {
		row, known := m.ItemIndex(item.ID)
		require.True(t, known)
		require.Equal(t, i, row)
		require.Equal(t, item, m.Item(i))
		require.Equal(t, p.ItemFactors[i*p.Config.Rank:(i+1)*p.Config.Rank], m.ItemFactor(i))
	}
	require.Equal(t, p.ItemItem, m.ItemItem())
	require.Equal(t, p.Past, m.Past())
	require.Equal(t, p.Popularity, m.Popularity())
	require.Equal(t, p.Lift, m.Lift())
	require.Equal(t, p.Training, m.Training())
	expected, err := json.Marshal(p.Golden)
	require.NoError(t, err)
	golden, err := json.Marshal(m.Golden())
	require.NoError(t, err)
	require.JSONEq(t, string(expected), string(golden))
}

func TestALoadedModelAnswersAsTheOneInMemory(t *testing.T) {
	p := modeltest.Parameters(t, 2, modeltest.Small)
	inMemory, err := model.New(p)
	require.NoError(t, err)
	loaded, err := model.Load(write(t, p))
	require.NoError(t, err)
	defer func() { require.NoError(t, loaded.Close()) }()

	require.NoError(t, model.VerifyGolden(loaded))
	for u := range p.Users {
		request := model.Request{User: p.Users[u], K: 10, Explain: true}
		expected, err := inMemory.Recommend(request)
		require.NoError(t, err)
		answer, err := loaded.Recommend(request)
		require.NoError(t, err)
		require.Equal(t, expected, answer)
	}
}

func TestEqualParametersGiveEqualBytes(t *testing.T) {
	first := files(t, write(t, modeltest.Parameters(t, 3, modeltest.Small)))
	second := files(t, write(t, modeltest.Parameters(t, 3, modeltest.Small)))
	require.Equal(t, first, second)
	require.NotEqual(t, first, files(t, write(t, modeltest.Parameters(t, 4, modeltest.Small))))
}

func TestAModelWithoutShoppersIsAModel(t *testing.T) {
	m, err := model.Load(write(t, modeltest.Parameters(t, 1, modeltest.Size{Users: 0, Items: 3, Rank: 1})))
	require.NoError(t, err)
	defer func() { require.NoError(t, m.Close()) }()
	answer, err := m.Recommend(model.Request{User: "anyone", K: 3})
	require.NoError(t, err)
	require.Len(t, answer.Items, 3)
	require.Equal(t, model.Popularity, answer.Strategy)
}

func TestSumsAreAsSha256sumWritesThem(t *testing.T) {
	content := files(t, write(t, modeltest.Parameters(t, 1, modeltest.Small)))
	listed := content["SHA256SUMS"]
	delete(content, "SHA256SUMS")
	require.Equal(t, len(content), strings.Count(listed, "\n"))
	for path, data := range content {
		sum := sha256.Sum256([]byte(data))
		require.Contains(t, listed, hex.EncodeToString(sum[:])+"  "+path+"\n")
	}
}

func TestTensorsAreAlignedWhereTheyAreMapped(t *testing.T) {
	m, err := model.Load(write(t, modeltest.Parameters(t, 1, modeltest.Size{Users: 7, Items: 11, Rank: 3})))
	require.NoError(t, err)
	defer func() { require.NoError(t, m.Close()) }()
	for name, start := range map[string]unsafe.Pointer{
		"item_factors":      unsafe.Pointer(&m.ItemFactor(0)[0]),
		"user_factors":      unsafe.Pointer(&m.UserFactor(0)[0]),
		"item_item.indptr":  unsafe.Pointer(&m.ItemItem().Indptr[0]),
		"item_item.indices": unsafe.Pointer(&m.ItemItem().Indices[0]),
		"item_item.weights": unsafe.Pointer(&m.ItemItem().Weights[0]),
		"past.indptr":       unsafe.Pointer(&m.Past().Indptr[0]),
		"past.indices":      unsafe.Pointer(&m.Past().Indices[0]),
		"past.weights":      unsafe.Pointer(&m.Past().Weights[0]),
		"popularity":        unsafe.Pointer(&m.Popularity()[0]),
		"lift":              unsafe.Pointer(&m.Lift()[0]),
	} {
		require.Zero(t, uintptr(start)%64, name)
	}
}

func TestWriteRefusesWhatExistsAndLeavesNothingBehind(t *testing.T) {
	p := modeltest.Parameters(t, 1, modeltest.Small)
	dir := write(t, p)
	before := files(t, dir)
	require.ErrorIs(t, model.Write(dir, p), fs.ErrExist)
	require.Equal(t, before, files(t, dir))

	p.Popularity[3] = float32(math.NaN())
	other := filepath.Join(filepath.Dir(dir), "other")
	require.ErrorContains(t, model.Write(other, p), "popularity: value 3 is NaN")
	entries, err := os.ReadDir(filepath.Dir(dir))
	require.NoError(t, err)
	require.Len(t, entries, 1)
}

func TestLoadRefusesADamagedFolder(t *testing.T) {
	p := modeltest.Parameters(t, 1, modeltest.Small)
	whole := write(t, p)
	type damage struct {
		name string
		do   func(t *testing.T, dir string)
		file string // that the error must name
		says string
	}
	var damages []damage
	for path := range files(t, whole) {
		damages = append(damages,
			damage{"one byte of " + path + " is flipped", func(t *testing.T, dir string) {
				edit(t, dir, path, func(data []byte) []byte { data[len(data)/2] ^= 1; return data })
			}, path, ""},
			damage{path + " is cut short", func(t *testing.T, dir string) {
				edit(t, dir, path, func(data []byte) []byte { return data[:len(data)-1] })
			}, path, ""},
			damage{path + " is empty", func(t *testing.T, dir string) {
				edit(t, dir, path, func([]byte) []byte { return nil })
			}, path, ""},
			damage{path + " is missing", func(t *testing.T, dir string) {
				require.NoError(t, os.Remove(filepath.Join(dir, path)))
			}, path, "is missing"},
		)
	}
	damages = append(damages,
		damage{"a file is not listed", func(t *testing.T, dir string) {
			require.NoError(t, os.WriteFile(filepath.Join(dir, "code", "extra.py"), nil, 0o600))
		}, "code/extra.py", "is not listed in SHA256SUMS"},
		damage{"a file is a symbolic link", func(t *testing.T, dir string) {
			moved := filepath.Join(t.TempDir(), "config.json")
			require.NoError(t, os.Rename(filepath.Join(dir, "config.json"), moved))
			require.NoError(t, os.Symlink(moved, filepath.Join(dir, "config.json")))
		}, "config.json", "is not a regular file"},
		damage{"the sums reach out of the folder", func(t *testing.T, dir string) {
			edit(t, dir, "SHA256SUMS", func(data []byte) []byte {
				return fmt.Appendf(data, "%064x  ../elsewhere\n", 0)
			})
		}, "SHA256SUMS", "is not a path within the folder"},
		damage{"the format is of another version", func(t *testing.T, dir string) {
			replace(t, dir, "config.json", `"format_version": 1`, `"format_version": 2`)
		}, "config.json", "format_version is 2; this program reads and writes 1"},
		damage{"the rank is not that of the factors", func(t *testing.T, dir string) {
			replace(t, dir, "config.json", `"rank": 8`, `"rank": 4`)
		}, "model.safetensors", "tensor item_factors is F32 [50 8]; it must be F32 [50 4]"},
		damage{"a count is not that of the rows", func(t *testing.T, dir string) {
			replace(t, dir, "config.json", `"users": 30`, `"users": 2000000000`)
		}, "users.index", "tensor offsets is I64 [31]; it must be I64 [2000000001]"},
		damage{"a golden answer names an item that isn't there", func(t *testing.T, dir string) {
			replace(t, dir, "golden.json", "item-0", "item-9")
		}, "golden.json", "which the model doesn't have"},
	)
	for _, d := range damages {
		t.Run(d.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "model")
			require.NoError(t, os.CopyFS(dir, os.DirFS(whole)))
			d.do(t, dir)
			_, err := model.Load(dir)
			var integrity *model.IntegrityError
			require.ErrorAs(t, err, &integrity)
			require.Equal(t, dir, integrity.Dir)
			if d.file != "SHA256SUMS" { // a damaged list names what it seems to be about
				require.Equal(t, d.file, integrity.File)
			}
			require.ErrorContains(t, err, d.says)
		})
	}
}

func TestLoadRefusesWhatIsNoModelFolder(t *testing.T) {
	_, err := model.Load(t.TempDir())
	require.ErrorContains(t, err, "SHA256SUMS: is missing; is this a model folder?")
	_, err = model.Load(filepath.Join(t.TempDir(), "nowhere"))
	require.ErrorIs(t, err, fs.ErrNotExist)
}

func TestNewRefusesParametersThatDoNotFit(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(*model.Parameters)
		says  string
	}{
		{"no items", func(p *model.Parameters) { p.Items = nil }, "items: there are none"},
		{"counts that are others", func(p *model.Parameters) { p.Config.Counts.Items++ }, "counts say 51 items and 30 users"},
		{"item ids out of order", func(p *model.Parameters) { p.Items[1].ID = "a" }, "ids must ascend, each once"},
		{"a shopper twice", func(p *model.Parameters) { p.Users[1] = p.Users[0] }, "ids must ascend, each once"},
		{"an id that isn't text", func(p *model.Parameters) { p.Users[0] = "\xff" }, "it must be text"},
		{"a price that isn't finite", func(p *model.Parameters) { p.Items[0].Price = math.Inf(1) }, "price of \"item-00000\" is +Inf"},
		{"factors of another shape", func(p *model.Parameters) { p.ItemFactors = p.ItemFactors[1:] }, "item_factors: has 399 values; shape [50, 8] takes 400"},
		{"a factor that isn't finite", func(p *model.Parameters) { p.UserFactors[9] = float32(math.Inf(-1)) }, "user_factors: value 9 is -Inf"},
		{"too few rows", func(p *model.Parameters) { p.Past.Indptr = p.Past.Indptr[1:] }, "past.indptr: has 30 values; 30 rows take 31"},
		{"rows that descend", func(p *model.Parameters) { p.Past.Indptr[3] = 1 << 40 }, "past.indptr: must not descend"},
		{"a column out of range", func(p *model.Parameters) { p.Past.Indices[len(p.Past.Indices)-1] = 50 }, "columns must ascend within a row and be less than 50"},
		{"fewer weights than indices", func(p *model.Parameters) { p.Past.Weights = p.Past.Weights[1:] }, "indices but"},
		{"a rank of 0", func(p *model.Parameters) { p.Config.Rank = 0 }, "rank is 0; it must be 1 or more"},
		{"an as-of that is no day", func(p *model.Parameters) { p.Config.AsOf = "7 November" }, "must be a day such as 2011-11-07"},
		{"a time zone nobody knows", func(p *model.Parameters) { p.Config.TimeZone = "Mars" }, "must be a name such as Europe/London"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := modeltest.Parameters(t, 1, modeltest.Small)
			c.spoil(&p)
			_, err := model.New(p)
			require.ErrorContains(t, err, c.says)
		})
	}
}

func TestGoldenRequestsFindAModelThatAnswersOtherwise(t *testing.T) {
	for _, c := range []struct {
		name  string
		alter func(*model.GoldenCase)
		says  string
	}{
		{"another score", func(g *model.GoldenCase) { g.Answer.Items[2].Score += 1e-3 }, "place 2 scores"},
		{"another item", func(g *model.GoldenCase) { g.Answer.Items[2].ID = "item-00049" }, `it must be "item-00049"`},
		{"another number of items", func(g *model.GoldenCase) { g.Answer.Items = g.Answer.Items[1:] }, "10 items were recommended; there must be 9"},
		{"another strategy", func(g *model.GoldenCase) { g.Answer.Strategy = model.Similar }, `strategy is "blend"; it must be "similar"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := modeltest.Parameters(t, 1, modeltest.Small)
			c.alter(&p.Golden[0])
			m, err := model.New(p)
			require.NoError(t, err)
			require.ErrorContains(t, model.VerifyGolden(m), c.says)
		})
	}
	t.Run("items that score alike may change places", func(t *testing.T) {
		p := modeltest.Parameters(t, 1, modeltest.Small)
		g := &p.Golden[0]
		g.Tolerance = 10
		g.Answer.Items[0].ID, g.Answer.Items[1].ID = g.Answer.Items[1].ID, g.Answer.Items[0].ID
		m, err := model.New(p)
		require.NoError(t, err)
		require.NoError(t, model.VerifyGolden(m))
	})
}

// edit rewrites a file of a model folder.
func edit(t *testing.T, dir, path string, change func([]byte) []byte) {
	t.Helper()
	path = filepath.Join(dir, filepath.FromSlash(path))
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, change(data), 0o600))
}

// replace rewrites a file and its sum.
func replace(t *testing.T, dir, path, old, replacement string) {
	t.Helper()
	edit(t, dir, path, func(data []byte) []byte {
		before := sha256.Sum256(data)
		changed := []byte(strings.ReplaceAll(string(data), old, replacement))
		require.NotEqual(t, string(data), string(changed))
		after := sha256.Sum256(changed)
		edit(t, dir, "SHA256SUMS", func(list []byte) []byte {
			return []byte(strings.ReplaceAll(string(list), hex.EncodeToString(before[:]), hex.EncodeToString(after[:])))
		})
		return changed
	})
}
