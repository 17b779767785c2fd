package cluster

import (
	"fmt"
	"os"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// ReadTemplate reads the YAML document of one object, which must be of the API version and kind. A
// night fills in what differs from night to night.
func ReadTemplate(path, apiVersion, kind string) (*unstructured.Unstructured, error) {
	document, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the template of the %s: %w", kind, err)
	}
	fields := map[string]any{}
	if err := yaml.Unmarshal(document, &fields); err != nil {
		return nil, fmt.Errorf("template %s: %w", path, err)
	}
	template := &unstructured.Unstructured{Object: fields}
	if template.GetAPIVersion() != apiVersion || template.GetKind() != kind {
		return nil, fmt.Errorf("template %s is of apiVersion %q and kind %q; it must be %s, %s",
			path, template.GetAPIVersion(), template.GetKind(), apiVersion, kind)
	}
	return template, nil
}
