package cluster

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Condition is a condition of an object's status. The zero Condition says that there is none of the
// type.
type Condition struct {
	Status  string // True, False or Unknown
	Reason  string
	Message string
}

// ConditionOf reads the condition of a type from an object's status.
func ConditionOf(object *unstructured.Unstructured, kind string) Condition {
	conditions, _, _ := unstructured.NestedSlice(object.Object, "status", "conditions") // malformed counts as none
	for _, entry := range conditions {
		fields, ok := entry.(map[string]any)
		if !ok || fields["type"] != kind {
			continue
		}
		text := func(name string) string {
			value, _ := fields[name].(string)
			return value
		}
		return Condition{Status: text("status"), Reason: text("reason"), Message: text("message")}
	}
	return Condition{}
}
