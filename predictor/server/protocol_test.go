package server_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/model/modeltest"
	"github.com/daybreak-ml/daybreak/predictor/recommend"
)

const (
	predict = "/v1/models/recommender:predict"
	infer   = "/v2/models/recommender/infer"
)

// v1Answer is the body of a predict answer.
type v1Answer struct {
	Predictions []struct {
		Items []struct {
			ItemID string  `json:"item_id"`
			Score  float32 `json:"score"`
			Reason *struct {
				Because []string `json:"because"`
			} `json:"reason"`
		} `json:"items"`
		Strategy string `json:"strategy"`
	} `json:"predictions"`
	ModelName    string `json:"model_name"`
	ModelVersion string `json:"model_version"`
}

// v2Answer is the body of an infer answer.
type v2Answer struct {
	ID           string `json:"id"`
	ModelName    string `json:"model_name"`
	ModelVersion string `json:"model_version"`
	Outputs      []struct {
		Name     string          `json:"name"`
		Datatype string          `json:"datatype"`
		Shape    []int           `json:"shape"`
		Data     json.RawMessage `json:"data"`
	} `json:"outputs"`
}

func TestPredictAnswersWhatTheModelRecommends(t *testing.T) {
	s := openWith(t, 1)
	m, err := model.New(modeltest.Parameters(t, 1, modeltest.Small))
	require.NoError(t, err)
	history := []model.Interaction{{Item: modeltest.ItemID(3)}, {Item: modeltest.ItemID(4), Type: "purchase"}}
	for _, c := range []struct {
		name     string
		instance string
		request  model.Request
	}{
		{"a known shopper gets ten items", `{"user_id":"shopper-00002"}`, model.Request{User: "shopper-00002", K: 10}},
		{"k is how many", `{"user_id":"shopper-00002","k":3}`, model.Request{User: "shopper-00002", K: 3}},
		{"k beyond the catalogue gets all of it", `{"user_id":"shopper-00002","k":1000}`, model.Request{User: "shopper-00002", K: 1000}},
		{"an unknown shopper gets what is popular", `{"user_id":"stranger","k":3}`, model.Request{User: "stranger", K: 3}},
		{"an empty history is none", `{"user_id":"stranger","history":[],"k":3}`, model.Request{User: "stranger", K: 3}},
		{"no shopper at all gets what is popular", `{}`, model.Request{K: 10}},
		{"null is as if absent", `{"user_id":"shopper-00002","similar_to":null,"history":null,"k":null}`, model.Request{User: "shopper-00002", K: 10}},
		{"a history holds ids and objects", `{"user_id":"stranger","history":["item-00003",{"item_id":"item-00004","type":"purchase","time":"2011-11-08T10:00:00Z","value":3.5}]}`,
			model.Request{User: "stranger", K: 10, History: history}},
		{"every filter applies", `{"user_id":"shopper-00002","exclude":["item-00000"],"exclude_seen":true,"categories":["garden","kitchen"],"in_stock":true,"k":5}`,
			model.Request{User: "shopper-00002", K: 5, Exclude: []string{"item-00000"}, ExcludeSeen: true, Categories: []string{"garden", "kitchen"}, InStock: true}},
		{"items like another", `{"similar_to":"item-00007","k":5}`, model.Request{SimilarTo: "item-00007", K: 5}},
		{"explained", `{"user_id":"shopper-00002","explain":true}`, model.Request{User: "shopper-00002", K: 10, Explain: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			expected, err := m.Recommend(c.request)
			require.NoError(t, err)
			status, body := s.askRaw(t, http.MethodPost, predict, `{"instances":[`+c.instance+`]}`)
			require.Equal(t, http.StatusOK, status, "%s", body)
			var answer v1Answer
			require.NoError(t, json.Unmarshal(body, &answer))
			require.Equal(t, "recommender", answer.ModelName)
			require.Equal(t, "1", answer.ModelVersion)
			require.Len(t, answer.Predictions, 1)
			require.Equal(t, string(expected.Strategy), answer.Predictions[0].Strategy)
			require.Len(t, answer.Predictions[0].Items, len(expected.Items))
			for place, item := range answer.Predictions[0].Items {
				require.Equal(t, expected.Items[place].ID, item.ItemID)
				require.Equal(t, expected.Items[place].Score, item.Score)
				require.Equal(t, c.request.Explain, item.Reason != nil)
				if c.request.Explain {
					require.ElementsMatch(t, expected.Items[place].Because, item.Reason.Because)
				}
			}
		})
	}
}

func TestPredictAnswersInstancesInTheirOrder(t *testing.T) {
	s := openWith(t, 1)
	_, body := s.askRaw(t, http.MethodPost, predict, `{"instances":[{"user_id":"shopper-00001","k":1},{"k":2},{"user_id":"shopper-00003","k":3}]}`)
	var answer v1Answer
	require.NoError(t, json.Unmarshal(body, &answer))
	require.Len(t, answer.Predictions, 3)
	for i, prediction := range answer.Predictions {
		require.Len(t, prediction.Items, i+1)
	}
}

func TestInferAnswersWhatTheModelRecommends(t *testing.T) {
	s := openWith(t, 1)
	m, err := model.New(modeltest.Parameters(t, 1, modeltest.Small))
	require.NoError(t, err)
	status, body := s.askRaw(t, http.MethodPost, infer, `{"id":"42",
		"parameters":{"k":20,"categories":["garden"],"exclude":"[\"item-00000\"]","in_stock":true,"binary_data_output":false},
		"inputs":[{"name":"user_id","datatype":"BYTES","shape":[3],"data":["shopper-00001","stranger","stranger"]},
		          {"name":"history","datatype":"BYTES","shape":[3,1],"data":["","[\"item-00003\"]","[]"]}]}`)
	require.Equal(t, http.StatusOK, status, "%s", body)
	var answer v2Answer
	require.NoError(t, json.Unmarshal(body, &answer))
	require.Equal(t, "42", answer.ID)
	require.Equal(t, "recommender", answer.ModelName)
	require.Equal(t, "1", answer.ModelVersion)
	require.Len(t, answer.Outputs, 2)
	require.Equal(t, []any{"item_id", "BYTES", []int{3, 20}}, []any{answer.Outputs[0].Name, answer.Outputs[0].Datatype, answer.Outputs[0].Shape})
	require.Equal(t, []any{"score", "FP32", []int{3, 20}}, []any{answer.Outputs[1].Name, answer.Outputs[1].Datatype, answer.Outputs[1].Shape})
	var ids []string
	var scores []float32
	require.NoError(t, json.Unmarshal(answer.Outputs[0].Data, &ids))
	require.NoError(t, json.Unmarshal(answer.Outputs[1].Data, &scores))
	require.Len(t, ids, 60)
	require.Len(t, scores, 60)

	for row, request := range []model.Request{
		{User: "shopper-00001"},
		{User: "stranger", History: []model.Interaction{{Item: "item-00003"}}},
		{User: "stranger"},
	} {
		request.K, request.Categories, request.Exclude, request.InStock = 20, []string{"garden"}, []string{"item-00000"}, true
		expected, err := m.Recommend(request)
		require.NoError(t, err)
		require.Less(t, len(expected.Items), 20, "the test is to see padding")
		for place := range 20 {
			id, score := "", float32(0)
			if place < len(expected.Items) {
				id, score = expected.Items[place].ID, expected.Items[place].Score
			}
			require.Equal(t, id, ids[row*20+place])
			require.Equal(t, score, scores[row*20+place])
		}
	}
}

func TestInferGivesOnlyTheOutputsAskedFor(t *testing.T) {
	s := openWith(t, 1)
	_, body := s.askRaw(t, http.MethodPost, "/v2/models/recommender/versions/1/infer",
		`{"inputs":[{"name":"user_id","datatype":"BYTES","shape":[1],"data":["stranger"]}],"outputs":[{"name":"score"}]}`)
	var answer v2Answer
	require.NoError(t, json.Unmarshal(body, &answer))
	require.Len(t, answer.Outputs, 1)
	require.Equal(t, "score", answer.Outputs[0].Name)
	require.Equal(t, []int{1, 10}, answer.Outputs[0].Shape)
}

func TestMalformedRequestsAreAnsweredWithTheFieldAndWhatWouldBeRight(t *testing.T) {
	s := openWith(t, 1)
	instances := func(instance string) string { return `{"instances":[` + instance + `]}` }
	inputs := func(input string) string { return `{"inputs":[` + input + `]}` }
	users := `{"name":"user_id","datatype":"BYTES","shape":[1],"data":["17850"]}`
	for _, c := range []struct {
		name, method, path, body string
		status                   int
		says                     string
	}{
		{"a body that isn't there", "POST", predict, "", 400, "body is empty; it must be a JSON object"},
		{"a body that isn't JSON", "POST", predict, "{", 400, "body must be a JSON object"},
		{"two bodies in one", "POST", predict, instances("{}") + "{}", 400, "body must be a JSON object"},
		{"a body that is too large", "POST", predict, instances(`{"user_id":"` + strings.Repeat("x", recommend.MaxBody) + `"}`), 413, "at most 4194304 bytes"},
		{"no instances", "POST", predict, "{}", 400, "instances must be a list"},
		{"an empty list of instances", "POST", predict, `{"instances":[]}`, 400, "with one or more instances"},
		{"instances that are no list", "POST", predict, `{"instances":{"user_id":"1"}}`, 400, "instances must be a list"},
		{"too many instances", "POST", predict, instances(strings.Repeat("{},", 1000) + "{}"), 400, "instances are more than 1000; there must be at most 1000"},
		{"an instance that is no object", "POST", predict, instances(`{},7`), 400, "instances[1] must be an object"},
		{"an instance that is null", "POST", predict, instances(`null`), 400, "instances[0] is null"},
		{"a shopper that is a number", "POST", predict, instances(`{"user_id":17850}`), 400, "instances[0].user_id must be a string"},
		{"a misspelt field", "POST", predict, instances(`{"usr_id":"17850"}`), 400, "instances[0].usr_id is not a field; there are user_id, history"},
		{"k = 0", "POST", predict, instances(`{"k":0}`), 400, "instances[0].k is 0; it must be from 1 to 1000"},
		{"k = 10⁹", "POST", predict, instances(`{"k":1000000000}`), 400, "instances[0].k is 1000000000; it must be from 1 to 1000"},
		{"k below 0", "POST", predict, instances(`{"k":-1}`), 400, "instances[0].k is -1; it must be from 1 to 1000"},
		{"k beyond all integers", "POST", predict, instances(`{"k":1e400}`), 400, "instances[0].k must be a whole number from 1 to 1000"},
		{"k that is a string", "POST", predict, instances(`{"k":"10"}`), 400, "instances[0].k must be a whole number from 1 to 1000"},
		{"k that isn't whole", "POST", predict, instances(`{"k":1.5}`), 400, "instances[0].k must be a whole number from 1 to 1000"},
		{"a history that is no list", "POST", predict, instances(`{"history":"85123A"}`), 400, "instances[0].history must be a list"},
		{"an interaction that is a number", "POST", predict, instances(`{"history":["a",7]}`), 400, "instances[0].history[1] must be an item id or an object with an item_id"},
		{"an interaction without item", "POST", predict, instances(`{"history":[{"type":"cart"}]}`), 400, "instances[0].history[0].item_id is missing or empty"},
		{"an interaction with an empty id", "POST", predict, instances(`{"history":[""]}`), 400, "instances[0].history[0].item_id is empty"},
		{"a time that is none", "POST", predict, instances(`{"history":[{"item_id":"a","time":"yesterday"}]}`), 400, `instances[0].history[0].time must be a time such as "2011-11-08T10:00:00Z"`},
		{"a type that is a number", "POST", predict, instances(`{"history":[{"item_id":"a","type":1}]}`), 400, "instances[0].history[0].type must be a string"},
		{"a value that is a string", "POST", predict, instances(`{"history":[{"item_id":"a","value":"1"}]}`), 400, "instances[0].history[0].value must be a number"},
		{"exclude that is no list", "POST", predict, instances(`{"exclude":"71053"}`), 400, "instances[0].exclude must be a list of item ids"},
		{"exclude_seen that is a string", "POST", predict, instances(`{"exclude_seen":"yes"}`), 400, "instances[0].exclude_seen must be true or false"},
		{"categories that are numbers", "POST", predict, instances(`{"categories":[1]}`), 400, "instances[0].categories[0] must be a string"},
		{"in_stock that is a number", "POST", predict, instances(`{"in_stock":1}`), 400, "instances[0].in_stock must be true or false"},
		{"explain that is a string", "POST", predict, instances(`{"explain":"true"}`), 400, "instances[0].explain must be true or false"},
		{"allow that is a string", "POST", predict, instances(`{"allow":"71053"}`), 400, "instances[0].allow must be a list of item ids"},
		{"diversity that is a string", "POST", predict, instances(`{"diversity":"0.5"}`), 400, "instances[0].diversity must be a number from 0 to 1"},
		{"diversity beyond 1", "POST", predict, instances(`{"diversity":1.5}`), 400, "instances[0].diversity is 1.5; it must be from 0 to 1"},
		{"a cap below 0", "POST", predict, instances(`{"max_per_category":-1}`), 400, "instances[0].max_per_category is -1; it must be 0 or more"},
		{"a field that comes twice", "POST", predict, instances(`{"k":1,"k":2}`), 400, "duplicate"},
		{"too many items in all", "POST", predict, instances(strings.Repeat(`{"k":1000},`, 100) + `{"k":1000}`), 400, "instances[0].k asks for 101000 items in all"},
		{"similar_to that is a list", "POST", predict, instances(`{"similar_to":["a"]}`), 400, "instances[0].similar_to must be a string"},

		{"a model nobody knows, V1", "POST", "/v1/models/other:predict", instances("{}"), 404, `there is no model "other"; there is "recommender"`},
		{"a model nobody knows, V1 readiness", "GET", "/v1/models/other", "", 404, `there is no model "other"`},
		{"a verb nobody knows", "POST", "/v1/models/recommender:guess", instances("{}"), 404, `there is no verb "guess"`},
		{"no verb", "POST", "/v1/models/recommender", instances("{}"), 405, "POST is not allowed at /v1/models/recommender; allowed: GET, HEAD"},
		{"a verb by GET", "GET", "/v1/models/recommender:predict", "", 405, "GET is not allowed at /v1/models/recommender:predict; allowed: POST"},
		{"a path that leads nowhere", "GET", "/v3", "", 404, "there is nothing at /v3"},
		{"a method that isn't allowed", "DELETE", "/v2/models/recommender", "", 405, "DELETE is not allowed"},

		{"a method that asks what is allowed", "OPTIONS", predict, "", 405, "allowed: POST"},
		{"text that isn't UTF-8", "POST", predict, instances("{\"user_id\":\"\xff\"}"), 400, "invalid UTF-8"},
		{"a model's name with a slash, V1", "POST", "/v1/models/a%2Fb:predict", instances("{}"), 404, `there is no model "a/b"`},
		{"a model's name with a slash, V2", "POST", "/v2/models/a%2Fb/infer", inputs(users), 404, `there is no model "a/b"`},
		{"a model nobody knows that is to be loaded", "POST", "/v2/repository/models/other/load", "", 404, `there is no model "other"`},
		{"a model nobody knows that is to be unloaded", "POST", "/v2/repository/models/other/unload", "", 404, `there is no model "other"`},
		{"an index asked for by GET", "GET", "/v2/repository/index", "", 405, "allowed: POST"},
		{"a model nobody knows, V2", "POST", "/v2/models/other/infer", inputs(users), 404, `there is no model "other"`},
		{"a version that doesn't serve", "POST", "/v2/models/recommender/versions/7/infer", inputs(users), 404, `version "7" does not serve; version "1" does`},
		{"metadata of a version that doesn't serve", "GET", "/v2/models/recommender/versions/7", "", 404, `version "7" does not serve`},
		{"V2 without a body", "POST", infer, "", 400, "body is empty"},
		{"V2 that isn't JSON", "POST", infer, "[", 400, "body must be a JSON object"},
		{"V2 without inputs", "POST", infer, "{}", 400, "inputs lack user_id"},
		{"an input that is no object", "POST", infer, inputs("7"), 400, "inputs[0] must be an object"},
		{"an input nobody knows", "POST", infer, inputs(`{"name":"user"}`), 400, `inputs[0].name is "user"; it must be user_id or history`},
		{"an input that comes twice", "POST", infer, inputs(users + "," + users), 400, `inputs[1].name is "user_id", which`},
		{"an input of another type", "POST", infer, inputs(`{"name":"user_id","datatype":"INT64","shape":[1],"data":[17850]}`), 400, `inputs[0].datatype is "INT64"; it must be BYTES`},
		{"data that are numbers", "POST", infer, inputs(`{"name":"user_id","datatype":"BYTES","shape":[1],"data":[17850]}`), 400, "inputs[0].data[0] must be a string"},
		{"a shape that isn't that of the data", "POST", infer, inputs(`{"name":"user_id","datatype":"BYTES","shape":[2],"data":["a"]}`), 400, "inputs[0].shape is [2]; it must be [1]"},
		{"an input without data", "POST", infer, inputs(`{"name":"user_id","datatype":"BYTES","shape":[1]}`), 400, "inputs[0].data has 0 values; it must have from 1 to 1000"},
		{"an input without shape", "POST", infer, inputs(`{"name":"user_id","datatype":"BYTES","data":["a"]}`), 400, "inputs[0].shape is []; it must be [1]"},
		{"an input without datatype", "POST", infer, inputs(`{"name":"user_id","shape":[1],"data":["a"]}`), 400, `inputs[0].datatype is ""; it must be BYTES`},
		{"an input without name", "POST", infer, inputs(`{"datatype":"BYTES","shape":[1],"data":["a"]}`), 400, `inputs[0].name is ""; it must be user_id or history`},
		{"a shape below 0", "POST", infer, inputs(`{"name":"user_id","datatype":"BYTES","shape":[-1],"data":["a"]}`), 400, "inputs[0].shape is [-1]; it must be [1]"},
		{"NaN, which JSON lacks", "POST", infer, inputs(`{"name":"user_id","datatype":"FP64","shape":[1],"data":[NaN]}`), 400, "invalid character 'N'"},
		{"no inputs in a list of them", "POST", infer, inputs(""), 400, "inputs lack user_id"},
		{"an id that is a number", "POST", infer, `{"id":7,"inputs":[` + users + `]}`, 400, "id must be a string"},
		{"k below 0 as a parameter", "POST", infer, `{"parameters":{"k":-1},"inputs":[` + users + `]}`, 400, "parameters.k is -1; it must be from 1 to 1000"},
		{"k beyond all integers as a parameter", "POST", infer, `{"parameters":{"k":1e300},"inputs":[` + users + `]}`, 400, "parameters.k must be a whole number from 1 to 1000"},
		{"no data", "POST", infer, inputs(`{"name":"user_id","datatype":"BYTES","shape":[0],"data":[]}`), 400, "it must have from 1 to 1000"},
		{"a history of other length", "POST", infer, inputs(users + `,{"name":"history","datatype":"BYTES","shape":[2],"data":["",""]}`), 400, "inputs[1].shape has 2 rows; user_id has 1"},
		{"a history that isn't JSON", "POST", infer, inputs(users + `,{"name":"history","datatype":"BYTES","shape":[1],"data":["85123A"]}`), 400, "inputs[1].data[0] must be a list of item ids"},
		{"an output nobody knows", "POST", infer, `{"outputs":[{"name":"price"}]}`, 400, `outputs[0].name is "price"; it must be item_id, score, because or strategy`},
		{"an output that comes twice", "POST", infer, `{"outputs":[{"name":"score"},{"name":"score"}]}`, 400, "each at most once"},
		{"k = 0 as a parameter", "POST", infer, `{"parameters":{"k":0},"inputs":[` + users + `]}`, 400, "parameters.k is 0; it must be from 1 to 1000"},
		{"k = 10⁹ as a parameter", "POST", infer, `{"parameters":{"k":1000000000},"inputs":[` + users + `]}`, 400, "parameters.k is 1000000000; it must be from 1 to 1000"},
		{"diversity beyond 1 as a parameter", "POST", infer, `{"parameters":{"diversity":"2"},"inputs":[` + users + `]}`, 400, "parameters.diversity is 2; it must be from 0 to 1"},
		{"a parameter of the wrong type", "POST", infer, `{"parameters":{"in_stock":"yes"},"inputs":[` + users + `]}`, 400, "parameters.in_stock must be true or false"},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, answer := s.ask(t, c.method, c.path, c.body)
			require.Equal(t, c.status, status, answer)
			require.Contains(t, answer["error"], c.says)
			require.Len(t, answer, 1)
		})
	}
}

func TestAPathIsFoundHoweverItIsWritten(t *testing.T) {
	s := openWith(t, 1)
	for _, c := range []struct{ name, method, path, body string }{
		{"with an escaped letter", http.MethodGet, "/v1/models/recom%6dender", ""},
		{"with an escaped letter before the verb", http.MethodPost, "/v1/models/recom%6dender:predict", `{"instances":[{}]}`},
		{"with an escaped colon", http.MethodPost, "/v1/models/recommender%3Apredict", `{"instances":[{}]}`},
		{"with a slash at the end", http.MethodGet, "/v1/models/", ""},
		{"with a slash at the end of the server's", http.MethodGet, "/v2/", ""},
		{"with a slash at the end of a model's", http.MethodGet, "/v2/models/recommender/ready/", ""},
		{"with a slash at the end of a prediction's", http.MethodPost, predict + "/", `{"instances":[{}]}`},
		{"with a slash too many at the beginning", http.MethodGet, "//v2/health/live", ""},
		{"with a query", http.MethodPost, predict + "?trace=1", `{"instances":[{}]}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, answer := s.ask(t, c.method, c.path, c.body)
			require.Equal(t, http.StatusOK, status, answer)
		})
	}
	for _, path := range []string{"/v3/", "/v1/models/recommender/predict/", "/v2/models/recommender/versions/"} {
		status, answer := s.ask(t, http.MethodGet, path, "")
		require.Equal(t, http.StatusNotFound, status, path)
		require.Contains(t, answer["error"], "there is nothing at")
	}
}

func TestNothingIsReadyUntilAModelServes(t *testing.T) {
	s := open(t)
	for _, c := range []struct {
		method, path string
		before       int
	}{
		{"GET", "/", 200},
		{"GET", "/v1/models", 200},
		{"GET", "/v1/models/recommender", 503},
		{"POST", predict, 503},
		{"GET", "/v2", 200},
		{"GET", "/v2/models", 200},
		{"GET", "/v2/health/live", 200},
		{"GET", "/v2/health/ready", 503},
		{"GET", "/v2/models/recommender", 503},
		{"GET", "/v2/models/recommender/ready", 503},
		{"GET", "/v2/models/recommender/versions/1/ready", 503},
		{"POST", infer, 503},
	} {
		status, _ := s.ask(t, c.method, c.path, "")
		require.Equal(t, c.before, status, c.path)
	}
	_, index := s.askRaw(t, "POST", "/v2/repository/index", "")
	require.Contains(t, string(index), `[{"name":"recommender","state":"UNAVAILABLE","reason":"`)
	_, index = s.askRaw(t, "POST", "/v2/repository/index", `{"ready":true}`)
	require.JSONEq(t, `[]`, string(index))

	s.point(t, s.add(t, "1", modeltest.Parameters(t, 1, modeltest.Small)))
	s.await(t, "1")
	for path, expected := range map[string]string{
		"/":                            `{"status":"alive"}`,
		"/v1/models":                   `{"models":["recommender"]}`,
		"/v1/models/recommender":       `{"name":"recommender","ready":true}`,
		"/v2":                          `{"name":"daybreak","version":"1","extensions":["model_repository","binary_tensor_data"]}`,
		"/v2/models":                   `{"models":["recommender"]}`,
		"/v2/health/live":              `{"live":true}`,
		"/v2/health/ready":             `{"ready":true}`,
		"/v2/models/recommender/ready": `{"name":"recommender","ready":true}`,
		"/v2/models/recommender/versions/1/ready": `{"name":"recommender","ready":true}`,
		"/v2/models/recommender": `{"name":"recommender","versions":["1"],"platform":"daybreak",
			"inputs":[{"name":"user_id","datatype":"BYTES","shape":[-1]},{"name":"history","datatype":"BYTES","shape":[-1]}],
			"outputs":[{"name":"item_id","datatype":"BYTES","shape":[-1,-1]},{"name":"score","datatype":"FP32","shape":[-1,-1]},
			           {"name":"because","datatype":"BYTES","shape":[-1,-1]},{"name":"strategy","datatype":"BYTES","shape":[-1]}]}`,
	} {
		status, body := s.askRaw(t, "GET", path, "")
		require.Equal(t, http.StatusOK, status, path)
		require.JSONEq(t, expected, string(body), path)
	}
	_, index = s.askRaw(t, "POST", "/v2/repository/index", "")
	require.JSONEq(t, `[{"name":"recommender","version":"1","state":"READY","reason":""}]`, string(index))
}

func TestHTTP2WithoutTLSIsSpokenOnTheSamePort(t *testing.T) {
	s := openWith(t, 1)
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: &protocols}
	defer transport.CloseIdleConnections()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+predict, strings.NewReader(`{"instances":[{}]}`))
	require.NoError(t, err)
	answer, err := transport.RoundTrip(request)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusOK, answer.StatusCode)
	require.Equal(t, 2, answer.ProtoMajor)
}

func TestMetricsNameTheVersionAndNoShopper(t *testing.T) {
	s := openWith(t, 1)
	for range 3 {
		status, _ := s.askRaw(t, "POST", predict, `{"instances":[{"user_id":"shopper-00001"},{"user_id":"stranger"}]}`)
		require.Equal(t, http.StatusOK, status)
	}
	s.askRaw(t, "POST", infer, `{}`)
	_, body := s.askRaw(t, "GET", "/metrics", "")
	for _, line := range []string{
		`daybreak_predictor_requests_total{code="200",model_name="recommender",model_version="1",protocol="v1"} 3`,
		`daybreak_predictor_requests_total{code="400",model_name="recommender",model_version="",protocol="v2"} 1`,
		`daybreak_predictor_request_duration_seconds_count{protocol="v1"} 3`,
		`daybreak_predictor_recommendations_total{model_name="recommender",model_version="1",strategy="blend"} 3`,
		`daybreak_predictor_recommendations_total{model_name="recommender",model_version="1",strategy="popularity"} 3`,
		`daybreak_predictor_model_info{model_name="recommender",model_version="1"} 1`,
		`daybreak_predictor_model_as_of_timestamp_seconds{model_name="recommender",model_version="1"} 1.320624e+09`,
		`daybreak_predictor_model_users{model_name="recommender",model_version="1"} 30`,
		`daybreak_predictor_model_loads_total 1`,
		`request_predict_seconds_count{model_name="recommender"} 3`,
	} {
		require.Contains(t, string(body), line+"\n")
	}
	require.NotContains(t, string(body), "shopper-00001")
	require.NotContains(t, string(body), "item-0")
}
