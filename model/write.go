package model

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/daybreak-ml/daybreak/model/safetensors"
)

// Write makes dir a model folder. Equal parameters give equal bytes. The folder is written beside,
// brought to disk and renamed, so that dir is either a whole model or doesn't exist; an existing
// dir is refused with an error that is fs.ErrExist.
func Write(dir string, p Parameters) error {
	if err := write(dir, p); err != nil {
		return fmt.Errorf("write model %s: %w", dir, err)
	}
	return nil
}

func write(dir string, p Parameters) error {
	if !littleEndian() {
		return errBigEndian
	}
	items, users, err := p.tables()
	if err != nil {
		return err
	}
	if err := p.validate(items, users); err != nil {
		return err
	}
	dir = filepath.Clean(dir)
	if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
		if err == nil {
			err = fs.ErrExist
		}
		return err
	}
	parent := filepath.Dir(dir)
	if err := os.MkdirAll(parent, 0o777); err != nil {
		return err
	}
	beside, err := os.MkdirTemp(parent, "."+filepath.Base(dir)+".tmp-")
	if err != nil {
		return err
	}
	if err := fill(beside, &p, items, users); err != nil {
		return errors.Join(err, os.RemoveAll(beside))
	}
	if err := os.Rename(beside, dir); err != nil {
		return errors.Join(err, os.RemoveAll(beside))
	}
	return syncDir(parent)
}

// fill writes the files of a model into dir, which is empty.
func fill(dir string, p *Parameters, items *itemTable, ids idTable) error {
	if err := os.Chmod(dir, 0o755); err != nil { // MkdirTemp lets only the owner in
		return err
	}
	files, err := p.files(items, ids)
	if err != nil {
		return err
	}
	written, chunks := sums{}, newChunkSums()
	for path, write := range files {
		digest := newChunkDigest()
		if err := writeFile(dir, path, write, digest); err != nil {
			return err
		}
		written[path] = digest.sum()
		chunks.add(path, digest)
	}
	if len(chunks.Files) > 0 {
		encoded, err := encodeJSON(chunks)
		if err != nil {
			return fmt.Errorf("encode %s: %w", fileChunks, err)
		}
		if err := writeFile(dir, fileChunks, fixed(encoded), io.Discard); err != nil {
			return err
		}
		written[fileChunks] = hexSHA256(encoded)
	}
	if err := writeFile(dir, fileSums, fixed(written.encode()), io.Discard); err != nil {
		return err
	}
	for path := range files {
		if err := syncDir(filepath.Join(dir, filepath.Dir(filepath.FromSlash(path)))); err != nil {
			return err
		}
	}
	return nil
}

// files returns the files of a model folder, but for SHA256SUMS, by path.
func (p *Parameters) files(items *itemTable, ids idTable) (map[string]content, error) {
	files := map[string]content{
		fileTensors: func(w io.Writer) error { return safetensors.Encode(w, p.tensors()) },
	}
	users := make([]userRow, len(p.Users))
	for u, id := range p.Users {
		users[u].ID = id
	}
	for path, encode := range map[string]func() ([]byte, error){
		fileConfig:       func() ([]byte, error) { return encodeJSON(p.Config) },
		fileItems:        func() ([]byte, error) { return encodeRows(p.Items) },
		fileUsers:        func() ([]byte, error) { return encodeRows(users) },
		fileItemIndex:    func() ([]byte, error) { return encodeIndex(items.tensors()) },
		fileUserIndex:    func() ([]byte, error) { return encodeIndex(ids.tensors("")) },
		fileGolden:       func() ([]byte, error) { return encodeGolden(p.Golden) },
		fileTraining:     func() ([]byte, error) { return encodeJSON(p.Training.withoutNulls()) },
		fileMLmodel:      p.Config.mlModel,
		fileInputExample: func() ([]byte, error) { return pythonFunction.ReadFile(fileInputExample) },
		fileRequirements: func() ([]byte, error) { return pythonFunction.ReadFile(fileRequirements) },
		fileLoader:       func() ([]byte, error) { return pythonFunction.ReadFile(fileLoader) },
	} {
		encoded, err := encode()
		if err != nil {
			return nil, fmt.Errorf("encode %s: %w", path, err)
		}
		files[path] = fixed(encoded)
	}
	return files, nil
}

// content writes what a file holds.
type content func(io.Writer) error

func fixed(bytes []byte) content {
	return func(w io.Writer) error {
		_, err := w.Write(bytes)
		return err
	}
}

// writeFile creates the file at path, slash-separated, below dir, and brings it to disk. What is
// written to it goes to also, too.
func writeFile(dir, path string, write content, also io.Writer) (err error) {
	path = filepath.Join(dir, filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() {
		if closed := file.Close(); err == nil {
			err = closed
		}
	}()
	if err := write(io.MultiWriter(file, also)); err != nil {
		return err
	}
	return file.Sync()
}
