package mlflow

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"path"

	"golang.org/x/sync/errgroup"
)

// verifyUploaded reads back what SHA256SUMS in one of the files' folders names,
// and compares it (*ChecksumError): a store acknowledges an upload without saying
// what it holds. Other files it takes on trust.
func (c *Client) verifyUploaded(ctx context.Context, store ArtifactStore, files []string) error {
	for _, file := range files {
		if path.Base(file) != checksumsName {
			continue
		}
		folder := path.Dir(file)
		if folder == "." {
			folder = ""
		}
		if err := c.verifyFolder(ctx, store, folder); err != nil {
			return err
		}
	}
	return nil
}

func (c *Client) verifyFolder(ctx context.Context, store ArtifactStore, folder string) error {
	files, err := c.listTree(ctx, store, folder)
	if err != nil {
		return err
	}
	sums, err := c.checksums(ctx, store, folder, files)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(transferParallelism)
	for name, want := range sums {
		group.Go(func() error {
			got, err := c.sumStored(ctx, store, path.Join(folder, name))
			if err == nil && got != want {
				err = &ChecksumError{Path: name, Want: want, Got: got}
			}
			return err
		})
	}
	return group.Wait()
}

// sumStored returns the SHA-256 of what a store holds as name. What breaks off
// is taken up again where it broke.
func (c *Client) sumStored(ctx context.Context, store ArtifactStore, name string) (string, error) {
	hash := sha256.New()
	var read int64
	err := c.repeat(ctx, func(ctx context.Context) (err error) {
		ctx, progress, stop := c.watchProgress(ctx)
		defer stop()
		content, from, err := store.Get(ctx, name, read)
		if err != nil {
			return stalledOr(ctx, err)
		}
		defer func() { err = errors.Join(err, content.Close()) }()
		if from != read { // the store can't begin anywhere else
			hash.Reset()
			read = from
		}
		n, err := io.Copy(hash, networkReader{progress.reader(content)})
		read += n
		return stalledOr(ctx, err)
	})
	return hex.EncodeToString(hash.Sum(nil)), err
}
