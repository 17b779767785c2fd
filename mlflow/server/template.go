package server

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// template is an empty database with MLflow's schema. Making the schema runs
// every migration since MLflow's beginning, which takes seconds; a copy takes
// none. It lies in the user's cache, one for each version of MLflow.
type template struct{ path string } // "" where there is no cache

// databaseTemplate gives the template for the MLflow of an interpreter.
func databaseTemplate(python string) template {
	distribution, err := filepath.Glob(filepath.Join(filepath.Dir(python), "..", "lib", "python*", "site-packages", "mlflow-[0-9]*.dist-info"))
	if err != nil || len(distribution) != 1 {
		return template{}
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return template{}
	}
	version := filepath.Base(distribution[0])
	return template{filepath.Join(cache, "daybreak", version[:len(version)-len(".dist-info")]+".db")}
}

// place puts a copy of the template where a new database is to be, and leaves
// one that exists alone. fresh tells that there was neither: the server makes
// its schema, and the template can be kept from it.
func (t template) place(database string) (fresh bool, err error) {
	if _, err := os.Stat(database); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	if t.path == "" {
		return false, nil
	}
	err = copyFile(t.path, database)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("copy empty database: %w", err)
	}
	return false, nil
}

// keep makes the template from a database that nothing was written to yet. A
// cache that can't be written is no reason to fail: the next start makes the
// schema anew.
func (t template) keep(database string) {
	if err := os.MkdirAll(filepath.Dir(t.path), 0o755); err == nil {
		_ = copyFile(database, t.path)
	}
}

// copyFile makes target appear whole or not at all.
func copyFile(source, target string) (err error) {
	in, err := os.Open(source)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	out, err := os.CreateTemp(filepath.Dir(target), "."+filepath.Base(target)+".*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(out.Name()) }() // gone already when renamed
	_, err = io.Copy(out, in)
	if err := errors.Join(err, out.Sync(), out.Close()); err != nil {
		return err
	}
	return os.Rename(out.Name(), target)
}
