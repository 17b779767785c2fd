package model_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/model/modeltest"
)

// python returns the interpreter that the environment variable names, or the one below the
// repository's root.
func python(t *testing.T, variable, path string) string {
	t.Helper()
	program := os.Getenv(variable)
	if program == "" {
		var err error
		program, err = filepath.Abs(filepath.Join("..", path))
		require.NoError(t, err)
	}
	_, err := os.Stat(program)
	require.NoError(t, err, "no Python at %s: run `make venv`, or name one in %s", program, variable)
	return program
}

// run gives the script to Python and decodes what it prints.
func run(t *testing.T, python, script string, into any, args ...string) {
	t.Helper()
	command := exec.Command(python, append([]string{"-B", "-c", script}, args...)...)
	command.Stderr = os.Stderr
	printed, err := command.Output()
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(printed, into), "%s", printed)
}

func TestTheSafetensorsLibraryReadsTheTensors(t *testing.T) {
	p := modeltest.Parameters(t, 5, modeltest.Small)
	dir := write(t, p)
	type tensor struct {
		DType  string
		Shape  []int
		Values []float64
	}
	var read map[string]tensor
	run(t, python(t, "DAYBREAK_TOOLS_PYTHON", ".venv-tools/bin/python"), `
import json, sys
from safetensors.numpy import load_file
print(json.dumps({
    name: {"dtype": str(tensor.dtype), "shape": tensor.shape, "values": tensor.ravel().tolist()}
    for name, tensor in load_file(sys.argv[1] + "/model.safetensors").items()
    if not name.startswith("padding.")
}))`, &read, dir)

	require.Equal(t, map[string]tensor{
		"item_factors":      {"float32", []int{50, 8}, floats(p.ItemFactors)},
		"user_factors":      {"float32", []int{30, 8}, floats(p.UserFactors)},
		"item_item.indptr":  {"int64", []int{51}, floats(p.ItemItem.Indptr)},
		"item_item.indices": {"int32", []int{len(p.ItemItem.Indices)}, floats(p.ItemItem.Indices)},
		"item_item.weights": {"float32", []int{len(p.ItemItem.Weights)}, floats(p.ItemItem.Weights)},
		"past.indptr":       {"int64", []int{31}, floats(p.Past.Indptr)},
		"past.indices":      {"int32", []int{len(p.Past.Indices)}, floats(p.Past.Indices)},
		"past.weights":      {"float32", []int{len(p.Past.Weights)}, floats(p.Past.Weights)},
		"popularity":        {"float32", []int{50}, floats(p.Popularity)},
		"lift":              {"float32", []int{50}, floats(p.Lift)},
	}, read)
}

func TestPyarrowReadsTheCatalogue(t *testing.T) {
	p := modeltest.Parameters(t, 5, modeltest.Small)
	var read struct {
		Items []model.ItemInfo
		Users []string
	}
	run(t, python(t, "DAYBREAK_TOOLS_PYTHON", ".venv-tools/bin/python"), `
import json, sys
import pyarrow.parquet as parquet
items = parquet.read_table(sys.argv[1] + "/items.parquet").to_pylist()
users = parquet.read_table(sys.argv[1] + "/users.parquet")
print(json.dumps({
    "items": [{key.replace("item_id", "ID").replace("_", ""): value for key, value in item.items()} for item in items],
    "users": users["user_id"].to_pylist(),
}))`, &read, write(t, p))
	require.Equal(t, p.Users, read.Users)
	require.Equal(t, p.Items, read.Items)
}

func TestMLflowLoadsTheModelAndItAnswersAsOurs(t *testing.T) {
	p := modeltest.Parameters(t, 5, modeltest.Small)
	p.Config.Scoring.SessionHalfLife = 2
	p.Golden = nil // made without
	m, err := model.New(p)
	require.NoError(t, err)
	type answers struct {
		IDs    [][]string
		Scores [][]float64
	}
	var read map[string]answers
	run(t, python(t, "DAYBREAK_MLFLOW_PYTHON", ".venv/bin/python"), `
import json, sys, warnings
warnings.filterwarnings("ignore")
import mlflow, pandas
described = mlflow.models.Model.load(sys.argv[1])
assert described.signature.inputs.input_names() == ["user_id", "history", "exclude", "similar_to"], described.signature
assert "daybreak" in described.flavors, described.flavors
model = mlflow.pyfunc.load_model(sys.argv[1])
answers = {}
for exclude_seen in [False, True]:
    given = pandas.DataFrame({"user_id": json.loads(sys.argv[2]), "history": json.loads(sys.argv[3])})
    given = pandas.concat([given, described.load_input_example(sys.argv[1])])
    answer = model.predict(given, params={"k": 7, "exclude_seen": exclude_seen})
    answers[str(exclude_seen)] = {"ids": answer["item_id"].tolist(), "scores": answer["score"].tolist()}
print(json.dumps(answers))`, &read, write(t, p),
		`["shopper-00001", "shopper-00002", "nobody", "nobody", "nobody"]`,
		`["", "[\"item-00003\", {\"item_id\": \"item-00004\", \"type\": \"purchase\"}]", "[\"item-00003\"]", "[]",
			"[{\"item_id\": \"item-00005\", \"time\": \"2011-11-07T10:00:00Z\"}, {\"item_id\": \"item-00006\", \"time\": \"2011-12-07T10:00:00+01:00\"}, \"item-00007\"]"]`)

	viewed := model.Interaction{Item: "item-00003"}
	for setting, excludeSeen := range map[string]bool{"False": false, "True": true} {
		for n, request := range []model.Request{
			{User: "shopper-00001"},
			{User: "shopper-00002", History: []model.Interaction{viewed, {Item: "item-00004", Type: "purchase"}}},
			{User: "nobody", History: []model.Interaction{viewed}},
			{User: "nobody"},
			{User: "nobody", History: []model.Interaction{
				{Item: "item-00005", Time: time.Date(2011, 11, 7, 10, 0, 0, 0, time.UTC)},
				{Item: "item-00006", Time: time.Date(2011, 12, 7, 9, 0, 0, 0, time.UTC)},
				{Item: "item-00007"},
			}},
			{User: "17850", History: []model.Interaction{{Item: "85123A"}}}, // the input example
			{User: "a shopper nobody knows"},
		} {
			request.K, request.ExcludeSeen = 7, excludeSeen
			expected, err := m.Recommend(request)
			require.NoError(t, err)
			for place, scored := range expected.Items {
				require.Equal(t, scored.ID, read[setting].IDs[n][place])
				require.InDelta(t, scored.Score, read[setting].Scores[n][place], 1e-5)
			}
		}
	}
}

func floats[N int32 | int64 | float32](values []N) []float64 {
	converted := make([]float64, len(values))
	for i, value := range values {
		converted[i] = float64(value)
	}
	return converted
}
