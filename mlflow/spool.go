package mlflow

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/daybreak-ml/daybreak/mlflow/journal"
)

// spool keeps a run's operations on disk while the server can't take them. The
// first operation of each journal starts the run.
type spool struct {
	dir   string // of this run's journal
	start operation
	open  *journal.Journal // nil while the server takes them
}

// newSpool gives the place of a run in a spool folder. Every process that works
// on the run comes to the same.
func newSpool(folder string, spec RunSpec) *spool {
	identity := spec.Experiment + "\n" + spec.Key
	if spec.RunID != "" {
		identity = spec.RunID
	}
	sum := sha256.Sum256([]byte(identity))
	return &spool{dir: filepath.Join(folder, hex.EncodeToString(sum[:16])), start: operation{Start: &spec}}
}

// add writes an operation with its files and returns once both are on disk.
func (s *spool) add(op operation, files fileSource) error {
	if s.open == nil {
		opened, err := journal.Open(s.dir)
		if err != nil {
			return err
		}
		s.open = opened
		if op.Start == nil {
			if err := s.append(s.start); err != nil {
				return err
			}
		}
	}
	op, err := s.keepFiles(op, files)
	if err != nil {
		return err
	}
	return s.append(op)
}

func (s *spool) append(op operation) error {
	record, err := json.Marshal(op)
	if err != nil {
		return fmt.Errorf("encode what is logged: %w", err)
	}
	return s.open.Append(record)
}

// keepFiles copies the operation's files into the journal and gives the
// operation with their checksums.
func (s *spool) keepFiles(op operation, files fileSource) (operation, error) {
	keep := func(list []fileOperation) ([]fileOperation, error) {
		kept := make([]fileOperation, len(list))
		for i, file := range list {
			sha, err := s.keepFile(file, files)
			if err != nil {
				return nil, fmt.Errorf("keep %s: %w", file.Path, err)
			}
			kept[i] = fileOperation{file.Path, sha}
		}
		return kept, nil
	}
	var err error
	switch {
	case op.Files != nil:
		op.Files, err = keep(op.Files)
	case op.Table != nil:
		var kept []fileOperation
		if kept, err = keep([]fileOperation{*op.Table}); err == nil {
			op.Table = &kept[0]
		}
	case op.Model != nil:
		model := *op.Model
		model.Files, err = keep(model.Files)
		op.Model = &model
	}
	return op, err
}

func (s *spool) keepFile(file fileOperation, files fileSource) (sha string, err error) {
	content, err := files.open(file)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, content.Close()) }()
	return s.open.Store(io.NewSectionReader(content, 0, content.size))
}

// drain applies what the journal holds, if there is one, and removes it.
func (s *spool) drain(ctx context.Context, client *Client) error {
	if s.open == nil {
		if !journal.Exists(s.dir) {
			return nil
		}
		opened, err := journal.Open(s.dir)
		if err != nil {
			return err
		}
		s.open = opened
	}
	if _, err := replay(ctx, client, s.open); err != nil {
		return err
	}
	return s.close()
}

func (s *spool) close() error {
	if s.open == nil {
		return nil
	}
	err := s.open.Close()
	s.open = nil
	return err
}

// spooledFiles are the files that a journal holds.
type spooledFiles struct{ journal *journal.Journal }

func (f spooledFiles) open(file fileOperation) (fileContent, error) {
	opened, err := f.journal.OpenFile(file.SHA256)
	if err != nil {
		return fileContent{}, err
	}
	info, err := opened.Stat()
	if err != nil {
		return fileContent{}, errors.Join(err, opened.Close())
	}
	return fileContent{opened, opened, info.Size()}, nil
}
