package versions

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// An UnknownModelError says that a request names a model that isn't there.
type UnknownModelError struct {
	Asked string
	There []string // in order
}

func (e *UnknownModelError) Error() string {
	return fmt.Sprintf("there is no model %q; there is %s", e.Asked, quoted(e.There))
}

// quoted returns names for an error: "a", "b".
func quoted(names []string) string {
	all := make([]string, len(names))
	for i, name := range names {
		all[i] = strconv.Quote(name)
	}
	return strings.Join(all, ", ")
}

// A Repository is the models of one process, by name, each with its versions. It is safe for
// concurrent use.
type Repository struct {
	dir     string // holds a folder for each model, named after it; empty if the models are fixed
	keep    int
	observe func(model string) Observer

	mu     sync.RWMutex
	models map[string]*Versions
}

// NewRepository returns a repository of one model. Nothing is loaded until Refresh, Load or Watch.
func NewRepository(name string, source Source, observe func(model string) Observer) *Repository {
	return &Repository{observe: observe, models: map[string]*Versions{name: New(source, observe(name))}}
}

// OpenRepository returns a repository of the models whose folders lie in dir: each sub-folder is a
// model named after it, and is what Source.Dir may be. Folders may come and go; those whose name
// begins with a dot are no models. Of numbered folders the keep highest serve side by side.
func OpenRepository(dir string, keep int, observe func(model string) Observer) *Repository {
	return &Repository{dir: dir, keep: keep, observe: observe, models: map[string]*Versions{}}
}

// Names returns the names of the models, ready or not, in order.
func (r *Repository) Names() []string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return slices.Sorted(maps.Keys(r.models))
}

// Model returns the versions of a model. Error: *UnknownModelError.
func (r *Repository) Model(name string) (*Versions, error) {
	r.mu.RLock()
	found := r.models[name]
	r.mu.RUnlock()
	if found == nil {
		return nil, &UnknownModelError{Asked: name, There: r.Names()}
	}
	return found, nil
}

// Acquire returns a version of a model, the newest for an empty version. The caller releases it when
// done. Errors: *UnknownModelError, *UnknownVersionError, ErrNotReady.
func (r *Repository) Acquire(name, version string) (*Version, error) {
	found, err := r.Model(name)
	if err != nil {
		return nil, err
	}
	return found.AcquireVersion(version)
}

// Versions returns the names of a model's versions that serve, newest first; none if it isn't ready.
// Error: *UnknownModelError.
func (r *Repository) Versions(name string) ([]string, error) {
	found, err := r.Model(name)
	if err != nil {
		return nil, err
	}
	return found.Names(), nil
}

// Ready says whether there is a model and every model serves.
func (r *Repository) Ready() bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, model := range r.models {
		if !model.Ready() {
			return false
		}
	}
	return len(r.models) > 0
}

// Load makes a model serve what its folder now holds, also one that was unloaded or refused, and one
// whose folder has only just come. Errors: *UnknownModelError, and why it was refused.
func (r *Repository) Load(name string) error {
	if err := r.list(); err != nil {
		return err
	}
	found, err := r.Model(name)
	if err != nil {
		return err
	}
	return found.Load()
}

// Unload takes a model out of service until Load. Requests under way end with it. Error:
// *UnknownModelError.
func (r *Repository) Unload(name string) error {
	found, err := r.Model(name)
	if err != nil {
		return err
	}
	found.Unload()
	return nil
}

// Watch looks for new models at once and then every poll, until the context ends.
func (r *Repository) Watch(ctx context.Context, poll time.Duration) { watch(ctx, poll, r.Refresh) }

// Refresh makes every model serve what its folder now means. One that is refused keeps no other from
// being loaded.
func (r *Repository) Refresh() error {
	failed := []error{r.list()}
	for _, name := range r.Names() {
		if found, err := r.Model(name); err == nil { // else it has gone meanwhile
			failed = append(failed, found.Refresh())
		}
	}
	return errors.Join(failed...)
}

// Close takes all models out of service. Requests under way end with them.
func (r *Repository) Close() {
	for _, name := range r.Names() {
		if found, err := r.Model(name); err == nil { // else it has gone meanwhile
			found.Close()
		}
	}
}

// list takes in models whose folders have come and takes out those whose folders have gone.
func (r *Repository) list() error {
	if r.dir == "" {
		return nil
	}
	entries, err := os.ReadDir(r.dir)
	if err != nil {
		return fmt.Errorf("find models: %w", err)
	}
	there := map[string]bool{}
	for _, entry := range entries {
		path := filepath.Join(r.dir, entry.Name())
		if info, err := os.Stat(path); err == nil && info.IsDir() && !strings.HasPrefix(entry.Name(), ".") {
			there[entry.Name()] = true
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for name := range there {
		if r.models[name] == nil {
			r.models[name] = New(Source{Dir: filepath.Join(r.dir, name), Keep: r.keep}, r.observe(name))
		}
	}
	for name, gone := range r.models {
		if !there[name] {
			gone.Close()
			delete(r.models, name)
		}
	}
	return nil
}

// watch refreshes at once and then every poll, until the context ends.
func watch(ctx context.Context, poll time.Duration, refresh func() error) {
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	for {
		if err := refresh(); err != nil {
			slog.Error("a model was refused", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
