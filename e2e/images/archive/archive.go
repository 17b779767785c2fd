package archive

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// User is who a container runs as: no one on the machine.
const User = "65532:65532"

// Image is an image of one program.
type Image struct {
	// Name is the full reference: registry, repository and tag.
	Name string
	// Program is the path of a static binary. It lies in the image's root, under
	// the path Entrypoint.
	Program string
	// Entrypoint is the program's absolute path in the image.
	Entrypoint string
	// Title is a line that says what the image is.
	Title string
}

// Written describes an image that was written.
type Written struct {
	Name   string        `json:"name"`
	Path   string        `json:"path"`
	Digest digest.Digest `json:"digest"` // of the manifest, as in <name>@<digest>
	// Size is of the image's files, in bytes, not compressed.
	Size int64 `json:"size"`
}

// Write writes the image as a tar at path, whole or not at all.
func Write(path string, image Image) (Written, error) {
	layer, err := newLayer(image)
	if err != nil {
		return Written{}, fmt.Errorf("layer of %s: %w", image.Name, err)
	}
	blobs, manifest, err := describe(image, layer)
	if err != nil {
		return Written{}, fmt.Errorf("describe %s: %w", image.Name, err)
	}
	if err := writeFile(path, func(w io.Writer) error { return writeLayout(w, image, blobs, manifest) }); err != nil {
		return Written{}, fmt.Errorf("write %s: %w", image.Name, err)
	}
	return Written{Name: image.Name, Path: path, Digest: manifest.Digest, Size: layer.size}, nil
}

// layer is the one layer of an image.
type layer struct {
	compressed []byte
	diffID     digest.Digest // of the tar before compression
	size       int64
}

func newLayer(image Image) (layer, error) {
	roots, err := certificates()
	if err != nil {
		return layer{}, err
	}
	program, err := os.ReadFile(image.Program)
	if err != nil {
		return layer{}, fmt.Errorf("read the program: %w", err)
	}
	var compressed bytes.Buffer
	zip := gzip.NewWriter(&compressed)
	plain := sha256.New()
	archive := tar.NewWriter(io.MultiWriter(zip, plain))
	for _, folder := range []struct {
		name string
		mode int64
	}{{"etc/", 0o755}, {"etc/ssl/", 0o755}, {"etc/ssl/certs/", 0o755}, {"tmp/", 0o1777}} {
		if err := archive.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: folder.name, Mode: folder.mode}); err != nil {
			return layer{}, err
		}
	}
	var size int64
	for _, file := range []struct {
		name    string
		mode    int64
		content []byte
	}{
		{"etc/group", 0o644, []byte("root:x:0:\nnonroot:x:65532:\n")},
		{"etc/passwd", 0o644, []byte("root:x:0:0:root:/:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/tmp:/sbin/nologin\n")},
		{"etc/ssl/certs/ca-certificates.crt", 0o644, roots},
		{strings.TrimPrefix(image.Entrypoint, "/"), 0o755, program},
	} {
		if err := addFile(archive, file.name, file.mode, file.content); err != nil {
			return layer{}, err
		}
		size += int64(len(file.content))
	}
	if err := archive.Close(); err != nil {
		return layer{}, err
	}
	if err := zip.Close(); err != nil {
		return layer{}, err
	}
	return layer{compressed.Bytes(), digest.NewDigest(digest.SHA256, plain), size}, nil
}

// certificates are Mozilla's CA roots in PEM, as Go publishes them.
func certificates() ([]byte, error) {
	var content bytes.Buffer
	for root := range bundle.Roots() {
		if err := pem.Encode(&content, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}); err != nil {
			return nil, fmt.Errorf("encode the CA roots: %w", err)
		}
	}
	return content.Bytes(), nil
}

// blob is a part of an image that others refer to by its digest.
type blob struct {
	v1.Descriptor
	content []byte
}

func newBlob(mediaType string, content []byte) blob {
	return blob{v1.Descriptor{MediaType: mediaType, Digest: digest.FromBytes(content), Size: int64(len(content))}, content}
}

// describe makes the configuration and the manifest, which is returned last and
// beside the list.
func describe(image Image, layer layer) ([]blob, blob, error) {
	labels := map[string]string{
		v1.AnnotationTitle:    image.Title,
		v1.AnnotationSource:   "https://github.com/daybreak-ml/daybreak",
		v1.AnnotationLicenses: "Apache-2.0",
	}
	epoch := time.Unix(0, 0).UTC()
	config, err := json.Marshal(v1.Image{
		Created:  &epoch,
		Platform: v1.Platform{Architecture: runtime.GOARCH, OS: "linux"},
		Config: v1.ImageConfig{
			User: User, Entrypoint: []string{image.Entrypoint}, WorkingDir: "/", Labels: labels,
			Env: []string{"PATH=/", "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"},
		},
		RootFS: v1.RootFS{Type: "layers", DiffIDs: []digest.Digest{layer.diffID}},
	})
	if err != nil {
		return nil, blob{}, fmt.Errorf("encode the configuration: %w", err)
	}
	configBlob := newBlob(v1.MediaTypeImageConfig, config)
	layerBlob := newBlob(v1.MediaTypeImageLayerGzip, layer.compressed)
	content, err := json.Marshal(v1.Manifest{
		Versioned: specs.Versioned{SchemaVersion: 2},
		MediaType: v1.MediaTypeImageManifest,
		Config:    configBlob.Descriptor,
		Layers:    []v1.Descriptor{layerBlob.Descriptor},
	})
	if err != nil {
		return nil, blob{}, fmt.Errorf("encode the manifest: %w", err)
	}
	manifest := newBlob(v1.MediaTypeImageManifest, content)
	return []blob{configBlob, layerBlob, manifest}, manifest, nil
}

// dockerManifest is an entry of the manifest.json that Docker reads.
type dockerManifest struct {
	Config   string
	RepoTags []string
	Layers   []string
}

func writeLayout(w io.Writer, image Image, blobs []blob, manifest blob) error {
	archive := tar.NewWriter(w)
	descriptor := manifest.Descriptor
	descriptor.Annotations = map[string]string{
		"io.containerd.image.name": image.Name,
		v1.AnnotationRefName:       image.Name[strings.LastIndex(image.Name, ":")+1:],
	}
	documents := []struct {
		name  string
		value any
	}{
		{v1.ImageLayoutFile, v1.ImageLayout{Version: v1.ImageLayoutVersion}},
		{v1.ImageIndexFile, v1.Index{
			Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: v1.MediaTypeImageIndex, Manifests: []v1.Descriptor{descriptor},
		}},
		{"manifest.json", []dockerManifest{{
			Config: blobPath(blobs[0]), RepoTags: []string{image.Name}, Layers: []string{blobPath(blobs[1])},
		}}},
	}
	for _, document := range documents {
		content, err := json.Marshal(document.value)
		if err != nil {
			return fmt.Errorf("encode %s: %w", document.name, err)
		}
		if err := addFile(archive, document.name, 0o644, content); err != nil {
			return err
		}
	}
	for _, folder := range []string{"blobs/", "blobs/sha256/"} {
		if err := archive.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: folder, Mode: 0o755}); err != nil {
			return err
		}
	}
	for _, blob := range blobs {
		if err := addFile(archive, blobPath(blob), 0o644, blob.content); err != nil {
			return err
		}
	}
	return archive.Close()
}

func blobPath(blob blob) string { return "blobs/sha256/" + blob.Digest.Encoded() }

func addFile(archive *tar.Writer, name string, mode int64, content []byte) error {
	header := &tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: mode, Size: int64(len(content))}
	if err := archive.WriteHeader(header); err != nil {
		return fmt.Errorf("add %s: %w", name, err)
	}
	if _, err := archive.Write(content); err != nil {
		return fmt.Errorf("add %s: %w", name, err)
	}
	return nil
}

// writeFile writes beside the path and renames.
func writeFile(path string, write func(io.Writer) error) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("make the folder: %w", err)
	}
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".part-*")
	if err != nil {
		return fmt.Errorf("make a file beside it: %w", err)
	}
	defer func() { _ = os.Remove(file.Name()) }() // gone already when all went well
	err = write(file)
	if err == nil {
		err = file.Chmod(0o644)
	}
	if err == nil {
		err = file.Sync()
	}
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
