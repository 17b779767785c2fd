package model

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"
)

// Load opens the model in dir. It reads every file once, compares it with SHA256SUMS, and uses the
// very bytes it has compared; the tensors stay mapped until Close. A folder with a file that is
// missing, unlisted, damaged or malformed gives an *IntegrityError.
func Load(dir string) (*Model, error) {
	dir, err := filepath.EvalSymlinks(dir) // a link that is swapped meanwhile must not mix two models
	if err != nil {
		return nil, fmt.Errorf("load model: %w", err)
	}
	opened, err := openVerified(dir)
	if err != nil {
		return nil, wrapLoad(dir, err)
	}
	m, err := opened.model()
	if err != nil {
		return nil, errors.Join(wrapLoad(dir, err), opened.tensors.unmap())
	}
	m.mapped = opened.tensors
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

// A folder is a model folder whose files have the sums that SHA256SUMS lists.
type folder struct {
	dir     string
	files   map[string][]byte // content by path, but for the tensors
	tensors *mapping
}

// openVerified reads the files of dir and compares their sums.
func openVerified(dir string) (*folder, error) {
	listed, err := readSums(dir)
	if err != nil {
		return nil, err
	}
	f := &folder{dir: dir, files: map[string][]byte{}}
	var filling sync.Mutex
	group, ctx := errgroup.WithContext(context.Background())
	group.SetLimit(runtime.GOMAXPROCS(0))
	for path, sum := range listed {
		group.Go(func() error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			content, mapped, err := read(filepath.Join(dir, filepath.FromSlash(path)), path == fileTensors)
			if err != nil {
				return err
			}
			filling.Lock()
			if mapped != nil {
				f.tensors = mapped
			} else {
				f.files[path] = content
			}
			filling.Unlock()
			if hexSHA256(content) != sum {
				return &IntegrityError{Dir: dir, File: path, Problem: "differs from what was written: its SHA-256 is not the one in " + fileSums}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		if f.tensors != nil {
			err = errors.Join(err, f.tensors.unmap())
		}
		return nil, err
	}
	return f, nil
}

// read returns the content of a file, mapped if asked for.
func read(path string, mapped bool) ([]byte, *mapping, error) {
	if !mapped {
		content, err := os.ReadFile(path)
		return content, nil, err
	}
	m, err := mapFile(path)
	if err != nil {
		return nil, nil, err
	}
	return m.data, m, nil
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
	if err := json.Unmarshal(f.files[fileConfig], &p.Config); err != nil {
		return nil, f.malformed(fileConfig, err)
	}
	if err := p.Config.validate(); err != nil {
		return nil, f.malformed(fileConfig, err)
	}
	var err error
	if p.Items, err = decodeRows[ItemInfo](f.files[fileItems], p.Config.Counts.Items); err != nil {
		return nil, f.malformed(fileItems, err)
	}
	users, err := decodeRows[userRow](f.files[fileUsers], p.Config.Counts.Users)
	if err != nil {
		return nil, f.malformed(fileUsers, err)
	}
	p.Users = make([]string, len(users))
	for u, row := range users {
		p.Users[u] = row.ID
	}
	if err := p.setTensors(f.tensors.data); err != nil {
		return nil, f.malformed(fileTensors, err)
	}
	if err := json.Unmarshal(f.files[fileTraining], &p.Training); err != nil {
		return nil, f.malformed(fileTraining, err)
	}
	m, err := New(p)
	if err != nil {
		return nil, err
	}
	if m.parameters.Golden, err = decodeGolden(f.files[fileGolden], m.ItemIndex); err != nil {
		return nil, f.malformed(fileGolden, err)
	}
	return m, nil
}

func (f *folder) malformed(file string, err error) error {
	return &IntegrityError{Dir: f.dir, File: file, Problem: err.Error()}
}
