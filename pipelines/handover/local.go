package handover

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// current is the name of the link that the predictor's --model_dir goes through.
const current = "current"

// Downloader fetches a version of a registered model into a folder, which appears whole or not at
// all.
type Downloader interface {
	DownloadVersion(ctx context.Context, model, version, dir string) error
}

// Local hands over to a predictor that reads models from a folder of this machine.
type Local struct {
	Registry  Downloader
	Model     string // registered model
	Serving   string // the folder of downloaded versions and the link
	Predictor Predictor
	Timeout   time.Duration // for the predictor to name the version
}

// HandOver makes the service answer with a version. When it returns without an error, it does.
// Otherwise what served before still does.
func (l Local) HandOver(ctx context.Context, version string) error {
	if _, err := l.Fetch(ctx, version); err != nil {
		return fmt.Errorf("hand over version %s: %w", version, err)
	}
	before, err := l.link()
	if err != nil {
		return fmt.Errorf("hand over version %s: %w", version, err)
	}
	if err := l.swap(version); err != nil {
		return fmt.Errorf("hand over version %s: %w", version, err)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, l.Timeout, fmt.Errorf("%s did not name the version within %s", l.Predictor.URL, l.Timeout))
	defer cancel()
	if err := l.Predictor.takeOver(ctx, version); err != nil {
		return fmt.Errorf("hand over version %s: %w", version, errors.Join(err, l.takeBack(before)))
	}
	return nil
}

// Fetch makes sure that a version lies in the serving folder, verified, and returns its folder. One
// that lies there damaged is fetched anew, once.
func (l Local) Fetch(ctx context.Context, version string) (string, error) {
	dir := filepath.Join(l.Serving, version)
	if err := os.MkdirAll(l.Serving, 0o777); err != nil {
		return "", err
	}
	if _, err := os.Stat(dir); err == nil {
		damage := verify(dir)
		if damage == nil {
			return dir, nil
		}
		slog.Warn("a downloaded version is damaged; it is downloaded anew", "dir", dir, "error", damage)
		if err := os.RemoveAll(dir); err != nil {
			return "", err
		}
	}
	if err := l.Registry.DownloadVersion(ctx, l.Model, version, dir); err != nil {
		return "", err
	}
	if err := verify(dir); err != nil {
		return "", errors.Join(fmt.Errorf("what the registry holds is damaged: %w", err), os.RemoveAll(dir))
	}
	return dir, nil
}

// link returns the version that current names; empty where there is no link.
func (l Local) link() (string, error) {
	target, err := os.Readlink(filepath.Join(l.Serving, current))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return target, err
}

// swap makes current name another version, in one step.
func (l Local) swap(version string) error {
	beside := filepath.Join(l.Serving, "."+current)
	if err := os.Remove(beside); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Symlink(version, beside); err != nil {
		return err
	}
	return os.Rename(beside, filepath.Join(l.Serving, current))
}

// takeBack makes current name what it named before.
func (l Local) takeBack(before string) error {
	if before == "" {
		return os.Remove(filepath.Join(l.Serving, current))
	}
	return l.swap(before)
}

// Clean removes what a killed hand-over left in the serving folder.
func (l Local) Clean() error {
	entries, err := os.ReadDir(l.Serving)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), ".") {
			if err := os.RemoveAll(filepath.Join(l.Serving, entry.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}
