package mlflow

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// tag is a key and a value as MLflow's API writes tags and params.
type tag struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// tagList gives the API's form of a map, sorted by key.
func tagList(tags map[string]string) []tag {
	list := make([]tag, 0, len(tags))
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, tag{key, tags[key]})
	}
	return list
}

func tagMap(list []tag) map[string]string {
	tags := make(map[string]string, len(list))
	for _, tag := range list {
		tags[tag.Key] = tag.Value
	}
	return tags
}

// Quote writes a string as a literal of MLflow's filter language, which knows
// no escape: a string that holds both kinds of quotes can't be written in it.
func Quote(text string) (string, error) {
	switch {
	case !strings.Contains(text, "'"):
		return "'" + text + "'", nil
	case !strings.Contains(text, `"`):
		return `"` + text + `"`, nil
	}
	return "", fmt.Errorf("%q holds both ' and \", which MLflow's filters can't express", text)
}
