package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// credentialName is how the variables are named that say how to reach MLflow and its storage.
var credentialName = regexp.MustCompile(`^(MLFLOW|AWS|S3|DAYBREAK)_[A-Z0-9_]+$`)

// AdoptCredentials makes the files of a folder that are named like environment variables, as those
// of a mounted Secret are, what those variables say; variables that are set stay. A folder that isn't
// there has none.
func AdoptCredentials(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read credentials: %w", err)
	}
	for _, entry := range entries {
		name := entry.Name()
		if _, set := os.LookupEnv(name); set || !credentialName.MatchString(name) {
			continue
		}
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err == nil {
			err = os.Setenv(name, strings.TrimSpace(string(content)))
		}
		if err != nil {
			return fmt.Errorf("read credentials: %w", err)
		}
	}
	return nil
}
