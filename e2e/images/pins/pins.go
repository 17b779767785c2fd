// Package pins writes a kustomize component that names images by their digests:
// what manifests call by a tag is then exactly what was built.
package pins

import (
	"bytes"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/daybreak-ml/daybreak/e2e/images/archive"
)

//go:embed kustomization.yaml.tmpl
var kustomization string

// fields are where images are named that kustomize doesn't find by itself.
//
//go:embed fields.yaml
var fields []byte

// Write writes the component into the folder.
func Write(folder string, images []archive.Written) error {
	type pin struct{ Name, Digest string }
	var pinned []pin
	for _, image := range images {
		pinned = append(pinned, pin{image.Name[:strings.LastIndex(image.Name, ":")], image.Digest.String()})
	}
	var document bytes.Buffer
	if err := template.Must(template.New("").Parse(kustomization)).Execute(&document, pinned); err != nil {
		return fmt.Errorf("write the component of digests: %w", err)
	}
	for name, content := range map[string][]byte{"kustomization.yaml": document.Bytes(), "fields.yaml": fields} {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o644); err != nil {
			return fmt.Errorf("write the component of digests: %w", err)
		}
	}
	return nil
}
