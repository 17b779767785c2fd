package cluster

import (
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Condition is a condition of an object's status. The zero Condition says that there is none of the
// type.
type Condition struct {
	Status  string // True, False or Unknown
	Reason  string
	Message string
	Since   time.Time // of its last transition; zero where it doesn't say
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
		since, _ := time.Parse(time.RFC3339, text("lastTransitionTime")) // malformed counts as none
		return Condition{Status: text("status"), Reason: text("reason"), Message: text("message"), Since: since}
	}
	return Condition{}
}
