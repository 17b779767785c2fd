package testcluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"text/template"
	"time"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/dynamic"

	"github.com/daybreak-ml/daybreak/e2e/cluster/await"
)

// Patience bounds every wait for the cluster. Nothing takes nearly as long on a
// machine that has nothing else to do.
const Patience = 10 * time.Minute

// fieldManager is who applies, as the API server sees it.
const fieldManager = "daybreak-e2e"

// Apply applies the documents of testdata/NAME.yaml, a template that is given
// values, in the namespace. Objects that belong to no namespace are deleted with
// the test.
func (n *Namespace) Apply(t *testing.T, name string, values any) {
	t.Helper()
	require.NoError(t, n.TryApply(t, name, values))
}

// TryApply is Apply where the API server's refusal is the test's to judge.
func (n *Namespace) TryApply(t *testing.T, name string, values any) error {
	t.Helper()
	parsed, err := template.ParseFiles("testdata/" + name + ".yaml")
	require.NoError(t, err)
	var rendered bytes.Buffer
	require.NoError(t, parsed.Option("missingkey=error").Execute(&rendered, values))
	decoder := yaml.NewYAMLOrJSONDecoder(&rendered, 4096)
	for {
		object := &unstructured.Unstructured{}
		err := decoder.Decode(object)
		if errors.Is(err, io.EOF) {
			return nil
		}
		require.NoError(t, err)
		if err := n.apply(t, object); err != nil {
			return err
		}
	}
}

func (n *Namespace) apply(t *testing.T, object *unstructured.Unstructured) error {
	t.Helper()
	resource, namespaced := n.resource(t, object.GroupVersionKind())
	ctx, cancel := context.WithTimeout(t.Context(), Patience)
	defer cancel()
	err := await.True(ctx, 200*time.Millisecond, func() (bool, error) {
		_, err := resource.Apply(ctx, object.GetName(), object, metav1.ApplyOptions{FieldManager: fieldManager, Force: true})
		return err == nil, ignoreBehind(err)
	})
	if err != nil {
		return fmt.Errorf("apply %s %s: %w", object.GetKind(), object.GetName(), err)
	}
	if !namespaced {
		t.Cleanup(func() {
			err := resource.Delete(context.Background(), object.GetName(), metav1.DeleteOptions{})
			if err != nil {
				t.Errorf("delete %s %s: %v", object.GetKind(), object.GetName(), err)
			}
		})
	}
	return nil
}

// ignoreBehind returns nil for the refusal of a TrainJob whose runtime Trainer's webhook hasn't seen yet: it
// looks in a cache, which follows what was applied just before.
func ignoreBehind(err error) error {
	if err != nil && strings.Contains(err.Error(), "must be created before the TrainJob is created") {
		return nil
	}
	return err
}

// Get reads an object. Kind is as in "InferenceService.v1beta1.serving.kserve.io".
func (n *Namespace) Get(t *testing.T, kind, name string) *unstructured.Unstructured {
	t.Helper()
	object, err := n.kind(t, kind).Get(t.Context(), name, metav1.GetOptions{})
	require.NoError(t, err)
	return object
}

// List lists the namespace's objects of a kind, which is as for Get.
func (n *Namespace) List(t *testing.T, kind string) []unstructured.Unstructured {
	t.Helper()
	objects, err := n.kind(t, kind).List(t.Context(), metav1.ListOptions{})
	require.NoError(t, err)
	return objects.Items
}

// Delete deletes an object. Kind is as for Get.
func (n *Namespace) Delete(t *testing.T, kind, name string) {
	t.Helper()
	require.NoError(t, n.kind(t, kind).Delete(t.Context(), name, metav1.DeleteOptions{}))
}

// Await reads an object until reached says that it is as wanted, and returns it.
// An object that isn't there yet is waited for. What says, in a failure's
// message, what was waited for.
func (n *Namespace) Await(t *testing.T, kind, name, what string, reached func(*unstructured.Unstructured) bool) *unstructured.Unstructured {
	t.Helper()
	resource := n.kind(t, kind)
	ctx, cancel := context.WithTimeout(t.Context(), Patience)
	defer cancel()
	object := &unstructured.Unstructured{}
	err := await.True(ctx, 200*time.Millisecond, func() (bool, error) {
		current, err := resource.Get(ctx, name, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		object = current
		return reached(object), nil
	})
	require.NoError(t, err, "%s %s: waited for %s in vain; its status is %v", kind, name, what, object.Object["status"])
	return object
}

// AwaitCondition waits for the condition of the object's status to have the value.
func (n *Namespace) AwaitCondition(t *testing.T, kind, name, condition, value string) *unstructured.Unstructured {
	t.Helper()
	return n.Await(t, kind, name, "condition "+condition+" "+value, func(object *unstructured.Unstructured) bool {
		return Condition(object, condition)["status"] == value
	})
}

// Condition is a condition of the object's status by its type; none: nil.
func Condition(object *unstructured.Unstructured, kind string) map[string]any {
	conditions, _, _ := unstructured.NestedSlice(object.Object, "status", "conditions")
	for _, entry := range conditions {
		if condition, isMap := entry.(map[string]any); isMap && condition["type"] == kind {
			return condition
		}
	}
	return nil
}

// Text is the string at the path in the object; none: "".
func Text(object *unstructured.Unstructured, path ...string) string {
	text, _, _ := unstructured.NestedString(object.Object, path...)
	return text
}

func (n *Namespace) kind(t *testing.T, kind string) dynamic.ResourceInterface {
	t.Helper()
	full, short := schema.ParseKindArg(kind)
	if full == nil {
		full = &schema.GroupVersionKind{Version: "v1", Kind: short.Kind} // the core group: "Pod"
	}
	resource, _ := n.resource(t, *full)
	return resource
}

func (n *Namespace) resource(t *testing.T, kind schema.GroupVersionKind) (dynamic.ResourceInterface, bool) {
	t.Helper()
	mapping, err := n.mapper.RESTMapping(kind.GroupKind(), kind.Version)
	require.NoError(t, err, "does the cluster have what the test needs? See e2e's doc.go")
	if mapping.Scope.Name() == meta.RESTScopeNameNamespace {
		return n.objects.Resource(mapping.Resource).Namespace(n.Name), true
	}
	return n.objects.Resource(mapping.Resource), false
}
