package model

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"
)

// Load opens the model in dir. It maps every file, compares it with SHA256SUMS, and uses the very
// bytes it has compared; tensors and tables stay mapped until Close. A folder with a file that is
// missing, unlisted, damaged or malformed gives an *IntegrityError.
func Load(dir string) (*Model, error) {
	dir, err := filepath.EvalSymlinks(dir) // a link that is swapped meanwhile must not mix two models
	if err != nil {
		return nil, fmt.Errorf("load model: %w", err)
	}
	listed, err := readSums(dir)
	if err != nil {
		return nil, wrapLoad(dir, err)
	}
	f := &folder{dir: dir, files: map[string]*mapping{}}
	m, err := f.load(listed)
	if err != nil {
		return nil, errors.Join(wrapLoad(dir, err), unmapAll(f.mappings()))
	}
	m.mapped = f.mappings()
	return m, nil
}

// load maps, verifies and decodes what listed lists.
func (f *folder) load(listed sums) (*Model, error) {
	for path := range listed {
		mapped, err := mapFile(filepath.Join(f.dir, filepath.FromSlash(path)))
		if err != nil {
			return nil, err
		}
		f.files[path] = mapped
	}
	if err := f.verify(listed); err != nil {
		return nil, err
	}
	m, err := f.model()
	if err != nil {
		return nil, err
	}
	m.shoppers = newShoppers(m, f.files)
	for _, mapped := range f.files { // what was only looked at to verify it needn't stay in memory
		if err := mapped.forget(); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// wrapLoad leaves an *IntegrityError as it is, since it names the folder.
func wrapLoad(dir string, err error) error {
	var integrity *IntegrityError
	if errors.As(err, &integrity) {
		return err
	}
	return fmt.Errorf("load model %s: %w", dir, err)
}

// A folder is a model folder whose files are mapped.
type folder struct {
	dir   string
	files map[string]*mapping // by path
}

func (f *folder) mappings() []*mapping { return slices.Collect(maps.Values(f.files)) }

func (f *folder) content(path string) []byte { return f.files[path].data }

// verify compares all files with the sums that are listed, with all cores.
func (f *folder) verify(listed sums) error {
	chunks := newChunkSums()
	if file, has := f.files[fileChunks]; has {
		if hexSHA256(file.data) != listed[fileChunks] {
			return f.differs(fileChunks)
		}
		var err error
		if chunks, err = decodeChunkSums(file.data, listed); err != nil {
			return f.malformed(fileChunks, err)
		}
	}
	parts, err := chunks.parts(f.files, listed)
	if err != nil {
		return f.malformed(fileChunks, err)
	}
	slices.SortFunc(parts, func(a, b part) int { return cmp.Compare(len(b.content), len(a.content)) }) // the longest first
	group, ctx := errgroup.WithContext(context.Background())
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, p := range parts {
		group.Go(func() error {
			if ctx.Err() == nil && hexSHA256(p.content) != p.sum {
				return f.differs(p.path)
			}
			return nil
		})
	}
	return group.Wait()
}

func (f *folder) differs(path string) error {
	return &IntegrityError{Dir: f.dir, File: path, Problem: "differs from what was written: its SHA-256 is not the one in " + fileSums}
}

// readSums returns what SHA256SUMS lists, which is exactly what lies in dir and at least what every
// model needs.
func readSums(dir string) (sums, error) {
	file, err := os.ReadFile(filepath.Join(dir, fileSums))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &IntegrityError{Dir: dir, File: fileSums, Problem: "is missing; is this a model folder?"}
	}
	if err != nil {
		return nil, err
	}
	listed, err := decodeSums(file)
	if err != nil {
		return nil, &IntegrityError{Dir: dir, File: fileSums, Problem: err.Error()}
	}
	present, err := listFiles(dir)
	if err != nil {
		return nil, err
	}
	found := map[string]bool{}
	for _, path := range present {
		if _, ok := listed[path]; !ok && path != fileSums {
			return nil, &IntegrityError{Dir: dir, File: path, Problem: "is not listed in " + fileSums}
		}
		found[path] = true
	}
	for path := range listed {
		if !found[path] {
			return nil, &IntegrityError{Dir: dir, File: path, Problem: "is missing; " + fileSums + " lists it"}
		}
	}
	for _, path := range required() {
		if !found[path] {
			return nil, &IntegrityError{Dir: dir, File: path, Problem: "is missing; every model has one"}
		}
	}
	return listed, nil
}

// model decodes the folder's files.
func (f *folder) model() (*Model, error) {
	var p Parameters
	if err := json.Unmarshal(f.content(fileConfig), &p.Config); err != nil {
		return nil, f.malformed(fileConfig, err)
	}
	if err := p.Config.validate(); err != nil {
		return nil, f.malformed(fileConfig, err)
	}
	items, err := f.items(p.Config.Counts.Items)
	if err != nil {
		return nil, err
	}
	users, err := f.users(p.Config.Counts.Users)
	if err != nil {
		return nil, err
	}
	if err := p.setTensors(f.content(fileTensors)); err != nil {
		return nil, f.malformed(fileTensors, err)
	}
	if err := json.Unmarshal(f.content(fileTraining), &p.Training); err != nil {
		return nil, f.malformed(fileTraining, err)
	}
	m, err := newModel(p, items, users)
	if err != nil {
		return nil, err
	}
	if m.parameters.Golden, err = decodeGolden(f.content(fileGolden), m.ItemIndex); err != nil {
		return nil, f.malformed(fileGolden, err)
	}
	return m, nil
}

// items returns the table of n items, from their index if there is one.
func (f *folder) items(n int) (*itemTable, error) {
	details := func() ([]ItemInfo, error) { return decodeRows[ItemInfo](f.content(fileItems), n) }
	if index, has := f.files[fileItemIndex]; has {
		table, err := decodeItems(index.data, n, details)
		if err != nil {
			return nil, f.malformed(fileItemIndex, err)
		}
		return table, nil
	}
	rows, err := details()
	if err != nil {
		return nil, f.malformed(fileItems, err)
	}
	return newItemTable(rows), nil
}

// users returns the table of n shoppers' ids, from their index if there is one.
func (f *folder) users(n int) (idTable, error) {
	if index, has := f.files[fileUserIndex]; has {
		table, err := decodeUsers(index.data, n)
		if err != nil {
			return idTable{}, f.malformed(fileUserIndex, err)
		}
		return table, nil
	}
	rows, err := decodeRows[userRow](f.content(fileUsers), n)
	if err != nil {
		return idTable{}, f.malformed(fileUsers, err)
	}
	return newIDTable(n, func(u int) string { return rows[u].ID }), nil
}

func (f *folder) malformed(file string, err error) error {
	return &IntegrityError{Dir: f.dir, File: file, Problem: err.Error()}
}
