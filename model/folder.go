package model

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// The files of a model folder.
const (
	fileMLmodel      = "MLmodel"
	fileConfig       = "config.json"
	fileTensors      = "model.safetensors"
	fileItems        = "items.parquet"
	fileUsers        = "users.parquet"
	fileItemIndex    = "items.index"
	fileUserIndex    = "users.index"
	fileChunks       = "CHUNKSUMS.json"
	fileGolden       = "golden.json"
	fileTraining     = "training.json"
	fileInputExample = "input_example.json"
	fileRequirements = "requirements.txt"
	fileLoader       = "code/daybreak_model.py"
	fileSums         = "SHA256SUMS"
)

// compiledDir is where Python puts what it compiles when it loads a model's code. It is no part of
// the model, and nothing of ours reads it.
const compiledDir = "__pycache__"

// required returns the files that every model folder holds beside its SHA256SUMS.
func required() []string {
	return []string{fileMLmodel, fileConfig, fileTensors, fileItems, fileUsers, fileGolden, fileTraining,
		fileInputExample, fileRequirements, fileLoader}
}

// An IntegrityError says which file of a model folder isn't what was written. Such a model must not
// be served.
type IntegrityError struct {
	Dir     string
	File    string // within Dir
	Problem string
}

func (e *IntegrityError) Error() string {
	return fmt.Sprintf("model %s: %s: %s", e.Dir, e.File, e.Problem)
}

// listFiles returns the slash-separated paths of all files below dir, but for what Python compiled.
func listFiles(dir string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if entry.Name() == compiledDir {
				return filepath.SkipDir
			}
			return nil
		}
		relative, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		relative = filepath.ToSlash(relative)
		if !entry.Type().IsRegular() {
			return &IntegrityError{Dir: dir, File: relative, Problem: fmt.Sprintf("is not a regular file (%s)", entry.Type())}
		}
		files = append(files, relative)
		return nil
	})
	return files, err
}

// syncDir makes what was created or renamed in dir survive a crash.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if closed := d.Close(); err == nil {
		err = closed
	}
	return err
}
