// Package plugins loads none: there is neither an interpreter nor a WebAssembly
// runtime in this build of Traefik.
package plugins

import (
	"context"
	"errors"
	"net/http"

	"github.com/traefik/traefik/v3/pkg/provider"
)

var errAbsent = errors.New("there are no plugins in this build")

// Constructor is a plugin's handler.
type Constructor func(context.Context, http.Handler) (http.Handler, error)

// Descriptor is a plugin in Traefik's configuration.
type Descriptor struct{}

// LocalDescriptor is a plugin on disk in Traefik's configuration.
type LocalDescriptor struct{}

// Builder builds none.
type Builder struct{}

// NewBuilder is a builder without plugins.
func NewBuilder(*Manager, map[string]Descriptor, map[string]LocalDescriptor) (*Builder, error) {
	return &Builder{}, nil
}

// Build refuses.
func (Builder) Build(string, map[string]any, string) (Constructor, error) { return nil, errAbsent }

// BuildProvider refuses.
func (Builder) BuildProvider(string, map[string]any) (provider.Provider, error) {
	return nil, errAbsent
}

// RegistryDownloaderOptions say where plugins would come from.
type RegistryDownloaderOptions struct {
	HTTPClient   *http.Client
	ArchivesPath string
}

// RegistryDownloader downloads none.
type RegistryDownloader struct{}

// NewRegistryDownloader refuses.
func NewRegistryDownloader(RegistryDownloaderOptions) (*RegistryDownloader, error) {
	return nil, errAbsent
}

// ManagerOptions say where plugins would be kept.
type ManagerOptions struct{ Output string }

// Manager keeps none.
type Manager struct{}

// NewManager refuses.
func NewManager(*RegistryDownloader, ManagerOptions) (*Manager, error) { return nil, errAbsent }

// SetupRemotePlugins refuses.
func SetupRemotePlugins(*Manager, map[string]Descriptor) error { return errAbsent }

// SetupLocalPlugins refuses.
func SetupLocalPlugins(map[string]LocalDescriptor) error { return errAbsent }
