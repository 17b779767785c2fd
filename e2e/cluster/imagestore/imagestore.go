// Package imagestore loads image tars into the cluster's containerd. There is no
// registry: what pods run has to be loaded first.
package imagestore

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"

	"github.com/daybreak-ml/daybreak/e2e/images/archive"
)

// Store is a cluster's images.
type Store struct {
	// Command makes the command that runs its arguments where containerd's socket is.
	Command func(arguments ...string) *exec.Cmd
}

// Load loads the tar's images. An image of ours can afterwards be named by its
// tag as well as by its digest, as manifests do.
func (s Store) Load(ctx context.Context, path string) error {
	if err := s.run(ctx, "images", "import", path); err != nil {
		return fmt.Errorf("load %s: %w", path, err)
	}
	image, err := archive.Describe(path)
	if errors.Is(err, archive.ErrNotLayout) {
		return nil // Docker's own format names no digest
	}
	if err != nil {
		return fmt.Errorf("load %s: %w", path, err)
	}
	repository := image.Name[:strings.LastIndex(image.Name, ":")]
	if err := s.run(ctx, "images", "tag", "--force", image.Name, repository+"@"+image.Digest.String()); err != nil {
		return fmt.Errorf("name %s by its digest: %w", image.Name, err)
	}
	return nil
}

func (s Store) run(ctx context.Context, arguments ...string) error {
	command := s.Command(append([]string{"ctr", "--namespace", "k8s.io"}, arguments...)...)
	var output strings.Builder
	command.Stdout, command.Stderr = &output, &output
	if err := command.Start(); err != nil {
		return fmt.Errorf("start ctr: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = command.Process.Kill() })
	defer stop()
	if err := command.Wait(); err != nil {
		return fmt.Errorf("%w: %s", err, strings.TrimSpace(output.String()))
	}
	return nil
}
