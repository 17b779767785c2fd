// Package versions keeps models serving, by name and version, and puts newer ones in their place
// without a request noticing: a request acquires the version it starts with and keeps it to its end,
// while those that come later get the new one.
package versions

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/predictor/resident"
)

// ErrNotReady is returned while no version of a model serves.
var ErrNotReady = errors.New("no model has been loaded yet")

// An UnknownVersionError says that a request asks for a version that doesn't serve.
type UnknownVersionError struct {
	Asked  string
	Serves []string // newest first
}

func (e *UnknownVersionError) Error() string {
	return fmt.Sprintf("version %q does not serve; version %s does", e.Asked, quoted(e.Serves))
}

// An Observer is told what happens to the versions of one model.
type Observer interface {
	Loaded(version string, config model.Config, took time.Duration)
	LoadFailed()
	Retired(version string)
}

// Source says where the versions of one model come from.
type Source struct {
	Dir     string // a model folder, or a folder of numbered ones
	Version string // of a model folder; empty to take it from the folder's name
	Keep    int    // how many of the numbered folders serve side by side, the highest; 0 means 1
}

// Versions is the versions of one model that serve, and where their successors come from. It is safe
// for concurrent use.
type Versions struct {
	source   Source
	observer Observer

	serving atomic.Pointer[[]*Version] // newest first; nil while none serves

	loading  sync.Mutex   // held while folders are looked at
	refused  []location   // folders that could not be loaded
	missed   string       // why no folder was found when last looked
	unloaded bool         // taken out of service until Load
	reason   atomic.Value // string: why nothing serves, or why the newest folder was refused
}

// New returns versions that come from source. Nothing is loaded until Refresh, Load or Watch.
func New(source Source, observer Observer) *Versions {
	source.Keep = max(source.Keep, 1)
	v := &Versions{source: source, observer: observer}
	v.reason.Store(ErrNotReady.Error())
	return v
}

// Acquire returns the newest version that serves. The caller releases it when done.
func (v *Versions) Acquire() (*Version, error) { return v.AcquireVersion("") }

// AcquireVersion returns the version of this name, or the newest for an empty one. The caller
// releases it when done. Errors: ErrNotReady, *UnknownVersionError.
func (v *Versions) AcquireVersion(name string) (*Version, error) {
	for {
		serving := v.list()
		if len(serving) == 0 {
			return nil, ErrNotReady
		}
		found := 0
		if name != "" {
			if found = slices.IndexFunc(serving, func(s *Version) bool { return s.Name == name }); found < 0 {
				return nil, &UnknownVersionError{Asked: name, Serves: names(serving)}
			}
		}
		if serving[found].retain() { // false only if it was replaced since it was read
			return serving[found], nil
		}
	}
}

func (v *Versions) list() []*Version {
	if serving := v.serving.Load(); serving != nil {
		return *serving
	}
	return nil
}

func names(serving []*Version) []string {
	all := make([]string, len(serving))
	for i, version := range serving {
		all[i] = version.Name
	}
	return all
}

// Names returns the names of the versions that serve, newest first.
func (v *Versions) Names() []string { return names(v.list()) }

// Ready says whether a version serves.
func (v *Versions) Ready() bool { return len(v.list()) > 0 }

// Reason says why nothing serves, or why the last folder that was looked at was refused; it is empty
// if all is well.
func (v *Versions) Reason() string { return v.reason.Load().(string) }

// Watch looks for a new model at once and then every poll, until the context ends.
func (v *Versions) Watch(ctx context.Context, poll time.Duration) {
	watch(ctx, poll, v.Refresh)
}

// Refresh puts the versions that the source now means in place of those that serve. A folder that
// was refused is tried again only when it has changed. A model that was unloaded stays so. That there
// is none yet is no error.
func (v *Versions) Refresh() error {
	v.loading.Lock()
	defer v.loading.Unlock()
	if v.unloaded {
		return nil
	}
	err := v.look()
	if err != nil && v.missed != "" && !v.Ready() { // which is how a predictor begins that is started before its first model is made
		slog.Info("there is no model yet", "reason", err)
		return nil
	}
	return err
}

// Load is Refresh for someone who asks: a folder that was refused is tried again, and refused again
// with the reason, and a model that was unloaded comes back.
func (v *Versions) Load() error {
	v.loading.Lock()
	defer v.loading.Unlock()
	v.refused, v.missed, v.unloaded = nil, "", false
	return v.look()
}

// Unload takes the model out of service until Load is called. Requests under way end with it.
func (v *Versions) Unload() {
	v.loading.Lock()
	defer v.loading.Unlock()
	v.unloaded = true
	v.replace(nil)
	v.reason.Store("the model was unloaded")
}

// Close is Unload for good.
func (v *Versions) Close() { v.Unload() }

// look finds folders, loads those that don't serve yet and retires those that aren't there any more.
func (v *Versions) look() error {
	found, err := locate(v.source)
	if err != nil {
		return v.missing(err)
	}
	v.missed = ""
	var failed []error
	var next []*Version
	for _, place := range found {
		serving := v.list()
		at := slices.IndexFunc(serving, func(s *Version) bool { return s.from == place })
		switch {
		case at >= 0:
			next = append(next, serving[at])
		case !slices.Contains(v.refused, place):
			loaded, err := v.load(place)
			if err != nil {
				v.refused = append(v.refused, place)
				failed = append(failed, err)
				continue
			}
			next = append(next, loaded)
		}
	}
	v.refused = slices.DeleteFunc(v.refused, func(l location) bool { return !slices.Contains(found, l) })
	if len(next) > 0 { // else what serves goes on serving
		v.replace(next)
	}
	return v.explain(failed)
}

// explain keeps the reason of what was refused for those who ask later.
func (v *Versions) explain(failed []error) error {
	err := errors.Join(failed...)
	switch {
	case err != nil:
		v.reason.Store(err.Error())
	case len(v.refused) == 0:
		v.reason.Store("")
	}
	return err
}

// missing reports that there is no model to be found, once until that changes.
func (v *Versions) missing(err error) error {
	err = fmt.Errorf("find the model in %s: %w", v.source.Dir, err)
	if v.missed == err.Error() {
		return nil
	}
	v.missed = err.Error()
	v.reason.Store(v.missed)
	v.observer.LoadFailed()
	return err
}

// load opens the model in a folder and makes it a version, not serving yet.
func (v *Versions) load(found location) (*Version, error) {
	began := time.Now()
	m, err := open(found.dir)
	if err != nil {
		v.observer.LoadFailed()
		return nil, err
	}
	if err := resident.ForgetCode(); err != nil {
		slog.Warn("memory that loading took stays", "error", err)
	}
	v.observer.Loaded(found.version, m.Config(), time.Since(began))
	slog.Info("a model was loaded", "version", found.version, "dir", found.dir, "as_of", m.Config().AsOf,
		"users", m.Users(), "items", m.Items(), "seconds", time.Since(began).Seconds())
	return newVersion(found, m, func() { v.retired(found.version) }), nil
}

// replace makes next serve and releases those that serve no longer.
func (v *Versions) replace(next []*Version) {
	previous := v.list()
	v.serving.Store(&next)
	for _, version := range previous {
		if !slices.Contains(next, version) {
			version.Release()
		}
	}
}

// retired reports that a version's memory was given back, unless a model that came after it bears
// the same version.
func (v *Versions) retired(version string) {
	if !slices.Contains(v.Names(), version) {
		v.observer.Retired(version)
	}
}

// open opens a model and lets it serve only if it answers its golden requests as it must.
func open(dir string) (*model.Model, error) {
	m, err := model.Load(dir)
	if err != nil {
		return nil, err
	}
	if err := model.VerifyGolden(m); err != nil {
		return nil, errors.Join(fmt.Errorf("model %s: golden.json: %w", dir, err), m.Close())
	}
	return m, nil
}
