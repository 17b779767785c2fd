package mlflow

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"

	"golang.org/x/sync/errgroup"
)

// localFiles are files on this machine, by their path among the artifacts.
type localFiles map[string]string

func (f localFiles) open(file fileOperation) (fileContent, error) {
	return openFile(f[file.Path])
}

// operations lists the files.
func (f localFiles) operations() []fileOperation {
	var files []fileOperation
	for _, name := range slices.Sorted(maps.Keys(f)) {
		files = append(files, fileOperation{Path: name})
	}
	return files
}

// folderFiles are the files in a local folder and below it.
func folderFiles(dir string) (localFiles, error) {
	names, err := regularFiles(dir)
	if err != nil {
		return nil, err
	}
	files := make(localFiles, len(names))
	for _, name := range names {
		files[name] = filepath.Join(dir, filepath.FromSlash(name))
	}
	return files, nil
}

func openFile(name string) (fileContent, error) {
	file, err := os.Open(name)
	if err != nil {
		return fileContent{}, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no file (%s)", name, info.Mode().Type())
	}
	if err != nil {
		return fileContent{}, errors.Join(err, file.Close())
	}
	return fileContent{file, file, info.Size()}, nil
}

// contentFile is one file that is held in memory.
type contentFile struct {
	path    string
	content *bytes.Reader
}

func (f contentFile) open(fileOperation) (fileContent, error) {
	return fileContent{f.content, io.NopCloser(nil), f.content.Size()}, nil
}

// putFiles puts files below a folder of an artifact URI, some at a time.
func (t *runTarget) putFiles(ctx context.Context, uri, folder string, list []fileOperation, files fileSource) error {
	store, err := t.client.artifacts(uri)
	if err != nil {
		return err
	}
	stored := make([]string, len(list))
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(transferParallelism)
	for i, file := range list {
		stored[i] = path.Join(folder, file.Path)
		group.Go(func() (err error) {
			content, err := files.open(file)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, content.Close()) }()
			return t.client.put(groupCtx, store, stored[i], content, content.size)
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return t.client.verifyUploaded(ctx, store, stored)
}
