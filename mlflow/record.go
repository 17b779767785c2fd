package mlflow

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path"
	"regexp"
	"slices"
	"unicode/utf8"
)

// Limits of MLflow's server (mlflow/utils/validation.py), in characters.
const (
	maxKeyLength        = 250
	maxParamValueLength = 6000
	maxTagValueLength   = 8000
)

// Record is what a training has to tell of itself; a run is where it is logged.
type Record struct {
	Params  map[string]string `json:"params"`
	Metrics []Metric          `json:"metrics"`
	Tags    map[string]string `json:"tags"`
}

// Metric is one point of a metric's history.
type Metric struct {
	Key   string  `json:"key"`
	Value float64 `json:"value"`
	Step  int64   `json:"step"`
	// Timestamp is in milliseconds since 1970. 0 stands for the start of the run
	// the point is logged to.
	Timestamp int64 `json:"timestamp"`

	// What the point measures, beside its run: a logged model, and the dataset it
	// was measured on. An MLflow 2 leaves them out.
	ModelID       string `json:"model_id,omitempty"`
	DatasetName   string `json:"dataset_name,omitempty"`
	DatasetDigest string `json:"dataset_digest,omitempty"`
}

// ReadRecord reads a record from a JSON file such as a model's training.json,
// and checks it against MLflow's limits.
func ReadRecord(path string) (Record, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return Record{}, fmt.Errorf("read record: %w", err)
	}
	record, err := parseRecord(content)
	if err != nil {
		return Record{}, fmt.Errorf("record %s: %w", path, err)
	}
	return record, nil
}

func parseRecord(content []byte) (Record, error) {
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	var record Record
	if err := decoder.Decode(&record); err != nil {
		return Record{}, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Record{}, errors.New("there is more after the JSON document")
	}
	return record, record.Validate()
}

// Validate checks names and lengths against what MLflow's server takes, so that
// a record is refused whole, before a part of it is logged. (The server itself
// cuts long params and tags without a word.)
func (r Record) Validate() error {
	for _, key := range slices.Sorted(maps.Keys(r.Params)) {
		if err := validateName(key); err != nil {
			return fmt.Errorf("param %q: %w", key, err)
		}
		if length := utf8.RuneCountInString(r.Params[key]); length > maxParamValueLength {
			return fmt.Errorf("param %q: the value has %d characters, MLflow keeps at most %d", key, length, maxParamValueLength)
		}
	}
	for i, metric := range r.Metrics {
		if err := validateName(metric.Key); err != nil {
			return fmt.Errorf("metric %d, %q: %w", i, metric.Key, err)
		}
		if metric.Timestamp < 0 {
			return fmt.Errorf("metric %d, %q: timestamp %d is before 1970", i, metric.Key, metric.Timestamp)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(r.Tags)) {
		if err := validateName(key); err != nil {
			return fmt.Errorf("tag %q: %w", key, err)
		}
		if length := utf8.RuneCountInString(r.Tags[key]); length > maxTagValueLength {
			return fmt.Errorf("tag %q: the value has %d characters, MLflow keeps at most %d", key, length, maxTagValueLength)
		}
	}
	return nil
}

var nameCharacters = regexp.MustCompile(`^[/\pL\pN_.\- :]+$`)

func validateName(name string) error {
	switch {
	case !nameCharacters.MatchString(name):
		return errors.New("MLflow's names hold letters, digits, spaces and _ - . : / alone (recall@20 is written recall_at_20)")
	case utf8.RuneCountInString(name) > maxKeyLength:
		return fmt.Errorf("the name has %d characters, MLflow takes at most %d", utf8.RuneCountInString(name), maxKeyLength)
	case path.IsAbs(name) || path.Clean(name) != name || name == "." || name == ".." || len(name) > 2 && name[:3] == "../":
		return errors.New("MLflow takes names with / only where they are clean relative paths")
	}
	return nil
}

// jsonNumber is a float64 whose JSON form knows NaN and the infinities, as
// strings, which is how MLflow's API writes them.
type jsonNumber float64

func (n jsonNumber) MarshalJSON() ([]byte, error) {
	switch value := float64(n); {
	case math.IsNaN(value):
		return []byte(`"NaN"`), nil
	case math.IsInf(value, 1):
		return []byte(`"Infinity"`), nil
	case math.IsInf(value, -1):
		return []byte(`"-Infinity"`), nil
	default:
		return json.Marshal(value)
	}
}

func (n *jsonNumber) UnmarshalJSON(text []byte) error {
	switch string(text) {
	case `"NaN"`, "NaN":
		*n = jsonNumber(math.NaN())
	case `"Infinity"`:
		*n = jsonNumber(math.Inf(1))
	case `"-Infinity"`:
		*n = jsonNumber(math.Inf(-1))
	default:
		var value float64
		if err := json.Unmarshal(text, &value); err != nil {
			return err
		}
		*n = jsonNumber(value)
	}
	return nil
}
