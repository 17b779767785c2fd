package archive

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"
)

// ErrNotLayout says that a tar is not an OCI image layout.
var ErrNotLayout = errors.New("not an OCI image layout")

// Describe reads the name and the digest of the image in a tar that Write wrote.
func Describe(path string) (Written, error) {
	file, err := os.Open(path)
	if err != nil {
		return Written{}, fmt.Errorf("open the image: %w", err)
	}
	defer func() { _ = file.Close() }() // only read
	archive := tar.NewReader(file)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return Written{}, fmt.Errorf("%s: %w", path, ErrNotLayout)
		}
		if err != nil {
			return Written{}, fmt.Errorf("read %s: %w", path, err)
		}
		if header.Name != v1.ImageIndexFile {
			continue
		}
		var index v1.Index
		if err := json.NewDecoder(archive).Decode(&index); err != nil {
			return Written{}, fmt.Errorf("read the index of %s: %w", path, err)
		}
		if len(index.Manifests) != 1 {
			return Written{}, fmt.Errorf("%s holds %d images, not one: %w", path, len(index.Manifests), ErrNotLayout)
		}
		manifest := index.Manifests[0]
		return Written{Name: manifest.Annotations["io.containerd.image.name"], Path: path, Digest: manifest.Digest}, nil
	}
}
