// Package versions keeps one model serving and puts a newer one in its place without a request
// noticing: a request acquires the version it starts with and keeps it to its end, while those that
// come later get the new one.
package versions

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/daybreak-ml/daybreak/model"
)

// ErrNotReady is returned while no model serves.
var ErrNotReady = errors.New("no model has been loaded yet")

// An Observer is told what happens to versions.
type Observer interface {
	Loaded(version string, config model.Config, took time.Duration)
	LoadFailed()
	Retired(version string)
}

// Versions is the model that serves and where its successors come from. It is safe for concurrent
// use.
type Versions struct {
	dir      string
	version  string // of the model in dir; empty to take it from the folder's name
	observer Observer

	current atomic.Pointer[Version]

	loading sync.Mutex // held while folders are looked at
	serves  location
	refused location // the last folder that could not be loaded
}

// New returns versions that come from dir, which is what --model_dir means: a model folder or a
// folder of numbered ones. version, unless empty, names the version of a model folder. Nothing is
// loaded until Refresh, Load or Watch.
func New(dir, version string, observer Observer) *Versions {
	return &Versions{dir: dir, version: version, observer: observer}
}

// Acquire returns the version that serves. The caller releases it when done.
func (v *Versions) Acquire() (*Version, error) {
	for {
		current := v.current.Load()
		if current == nil {
			return nil, ErrNotReady
		}
		if current.retain() { // false only if it was replaced since it was read
			return current, nil
		}
	}
}

// Ready says whether a model serves.
func (v *Versions) Ready() bool { return v.current.Load() != nil }

// Watch looks for a new model at once and then every poll, until the context ends.
func (v *Versions) Watch(ctx context.Context, poll time.Duration) {
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	for {
		if err := v.Refresh(); err != nil {
			slog.Error("a model was refused", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// Refresh puts the model that --model_dir now means in place of the one that serves, if it is
// another. A folder that was refused is tried again only when it has changed.
func (v *Versions) Refresh() error {
	v.loading.Lock()
	defer v.loading.Unlock()
	found, err := locate(v.dir, v.version)
	if err != nil {
		return v.missing(err)
	}
	if found == v.serves || found == v.refused {
		return nil
	}
	return v.replace(found)
}

// Load is Refresh for someone who asks: a folder that was refused is tried again, and refused again
// with the reason.
func (v *Versions) Load() error {
	v.loading.Lock()
	defer v.loading.Unlock()
	v.refused = location{}
	found, err := locate(v.dir, v.version)
	if err != nil {
		return v.missing(err)
	}
	if found == v.serves {
		return nil
	}
	return v.replace(found)
}

// missing reports that there is no model to be found, once until that changes.
func (v *Versions) missing(err error) error {
	if nowhere := (location{dir: err.Error()}); v.refused != nowhere {
		v.refused = nowhere
		v.observer.LoadFailed()
		return fmt.Errorf("find the model in %s: %w", v.dir, err)
	}
	return nil
}

func (v *Versions) replace(found location) error {
	began := time.Now()
	m, err := load(found.dir)
	if err != nil {
		v.refused = found
		v.observer.LoadFailed()
		return err
	}
	next := newVersion(found.version, m, func() { v.retired(found.version) })
	v.observer.Loaded(found.version, m.Config(), time.Since(began))
	previous := v.current.Swap(next)
	v.serves, v.refused = found, location{}
	slog.Info("a model serves", "version", found.version, "dir", found.dir, "as_of", m.Config().AsOf,
		"users", m.Users(), "items", m.Items(), "seconds", time.Since(began).Seconds())
	if previous != nil {
		previous.Release()
	}
	return nil
}

// retired reports that a version's memory was given back, unless a model that came after it bears
// the same version.
func (v *Versions) retired(version string) {
	if current := v.current.Load(); current == nil || current.Name != version {
		v.observer.Retired(version)
	}
}

// load opens a model and lets it serve only if it answers its golden requests as it must.
func load(dir string) (*model.Model, error) {
	m, err := model.Load(dir)
	if err != nil {
		return nil, err
	}
	if err := model.VerifyGolden(m); err != nil {
		return nil, errors.Join(fmt.Errorf("model %s: golden.json: %w", dir, err), m.Close())
	}
	return m, nil
}

// Close takes the model out of service. Requests under way end with it.
func (v *Versions) Close() {
	v.loading.Lock()
	defer v.loading.Unlock()
	if previous := v.current.Swap(nil); previous != nil {
		previous.Release()
	}
	v.serves = location{}
}
