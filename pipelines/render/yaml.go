package render

import (
	"bytes"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"
)

// YAML writes objects as one YAML stream, without what only a server sets.
func YAML(objects ...runtime.Object) ([]byte, error) {
	var stream bytes.Buffer
	for i, object := range objects {
		fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
		if err != nil {
			return nil, fmt.Errorf("write %T as YAML: %w", object, err)
		}
		unstructured.RemoveNestedField(fields, "status")
		document, err := yaml.Marshal(withoutNull(fields))
		if err != nil {
			return nil, fmt.Errorf("write %T as YAML: %w", object, err)
		}
		if i > 0 {
			stream.WriteString("---\n")
		}
		stream.Write(document)
	}
	return stream.Bytes(), nil
}

// withoutNull leaves out fields that are null, such as a template's creationTimestamp.
func withoutNull(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for key, field := range value {
			if field == nil {
				delete(value, key)
				continue
			}
			value[key] = withoutNull(field)
		}
	case []any:
		for i := range value {
			value[i] = withoutNull(value[i])
		}
	}
	return value
}
