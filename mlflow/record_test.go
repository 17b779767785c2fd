package mlflow

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReadRecord(t *testing.T) {
	path := filepath.Join(t.TempDir(), "training.json")
	require.NoError(t, os.WriteFile(path, []byte(`{"params": {"d": "64"}, "metrics": [{"key": "ndcg_at_20", "value": 0.32, "step": 3, "timestamp": 1320710400000}], "tags": {}}`), 0o644))
	record, err := ReadRecord(path)
	require.NoError(t, err)
	require.Equal(t, Record{
		Params:  map[string]string{"d": "64"},
		Metrics: []Metric{{Key: "ndcg_at_20", Value: .32, Step: 3, Timestamp: 1320710400000}},
		Tags:    map[string]string{},
	}, record)

	_, err = ReadRecord(filepath.Join(t.TempDir(), "none.json"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestARecordThatMLflowWouldNotTakeIsRefusedByName(t *testing.T) {
	for name, test := range map[string]struct{ document, want string }{
		"an at sign in a metric":   {`{"metrics": [{"key": "recall@20"}]}`, `metric 0, "recall@20": MLflow's names hold`},
		"an at sign in a param":    {`{"params": {"a@b": ""}}`, `param "a@b"`},
		"a tag without a name":     {`{"tags": {"": "x"}}`, `tag ""`},
		"a name that climbs":       {`{"metrics": [{"key": "../loss"}]}`, "clean relative paths"},
		"a name that is a parent":  {`{"metrics": [{"key": ".."}]}`, "clean relative paths"},
		"a name with two slashes":  {`{"metrics": [{"key": "a//b"}]}`, "clean relative paths"},
		"a name that is absolute":  {`{"metrics": [{"key": "/a"}]}`, "clean relative paths"},
		"a long name":              {`{"params": {"` + strings.Repeat("k", 251) + `": ""}}`, "251 characters"},
		"a long param":             {`{"params": {"k": "` + strings.Repeat("v", 6001) + `"}}`, "6001 characters"},
		"a long tag":               {`{"tags": {"k": "` + strings.Repeat("v", 8001) + `"}}`, "8001 characters"},
		"a time before 1970":       {`{"metrics": [{"key": "a", "timestamp": -1}]}`, "before 1970"},
		"a field it does not know": {`{"parameters": {}}`, `unknown field "parameters"`},
		"a number for a param":     {`{"params": {"d": 64}}`, "params"},
		"half a document":          {`{"params": {`, "EOF"},
		"two documents":            {`{} {}`, "more after"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parseRecord([]byte(test.document))
			require.ErrorContains(t, err, test.want)
		})
	}
}

func TestSplitKeepsEveryBatchWithinTheServersLimits(t *testing.T) {
	record := Record{Params: map[string]string{}, Tags: map[string]string{}}
	for i := range 350 {
		record.Params[fmt.Sprint(i)] = strings.Repeat("ü", 6000)
		record.Tags[fmt.Sprint(i)] = strings.Repeat("\x01", 8000) // six bytes each in JSON
	}
	for i := range 2500 {
		record.Metrics = append(record.Metrics, Metric{Key: "loss", Value: math.Pi, Step: int64(i), Timestamp: 1})
	}
	batches, err := split("r", record)
	require.NoError(t, err)
	var params, metrics, tags int
	for _, batch := range batches {
		body, err := json.Marshal(batch)
		require.NoError(t, err)
		require.LessOrEqual(t, len(body), 1_000_000)
		require.LessOrEqual(t, len(batch.Params), 100)
		require.LessOrEqual(t, len(batch.Tags), 100)
		require.LessOrEqual(t, len(batch.Params)+len(batch.Tags)+len(batch.Metrics), 1000)
		params, metrics, tags = params+len(batch.Params), metrics+len(batch.Metrics), tags+len(batch.Tags)
	}
	require.Equal(t, []int{350, 2500, 350}, []int{params, metrics, tags})

	small, err := split("r", Record{Params: map[string]string{"d": "64"}, Metrics: record.Metrics[:900], Tags: map[string]string{"a": "b"}})
	require.NoError(t, err)
	require.Len(t, small, 1)
}

func TestNumbersThatJSONLacksAreWritten(t *testing.T) {
	for _, value := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 0, -1.5e-300, math.MaxFloat64} {
		text, err := json.Marshal(jsonNumber(value))
		require.NoError(t, err)
		var read jsonNumber
		require.NoError(t, json.Unmarshal(text, &read))
		require.Equal(t, math.IsNaN(value), math.IsNaN(float64(read)))
		if !math.IsNaN(value) {
			require.Equal(t, value, float64(read))
		}
	}
}

func FuzzARecordIsRefusedOrPacked(f *testing.F) {
	f.Add([]byte(`{"params": {"d": "64"}, "metrics": [{"key": "ndcg_at_20", "value": 0.32, "step": 3}], "tags": {"a": "b"}}`))
	f.Add([]byte(`{"metrics": [{"key": "a/b c", "value": 1e308}]}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		record, err := parseRecord(document)
		if err != nil {
			return
		}
		batches, err := split("r", record)
		require.NoError(t, err)
		total := 0
		for _, batch := range batches {
			total += len(batch.Params) + len(batch.Metrics) + len(batch.Tags)
		}
		require.Equal(t, len(record.Params)+len(record.Metrics)+len(record.Tags), total)
	})
}
