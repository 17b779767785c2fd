package v2

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/predictor/instance"
	"github.com/daybreak-ml/daybreak/predictor/recommend"
	"github.com/daybreak-ml/daybreak/predictor/response"
)

// An Inference is a decoded infer request: one request a shopper, all with the same K.
type Inference struct {
	ID       string
	Requests []model.Request
	Outputs  []string // names of the outputs asked for, in order
}

// tensor is an input or output as JSON.
type tensor struct {
	Name     string `json:"name"`
	Datatype string `json:"datatype"`
	Shape    []int  `json:"shape"`
	Data     any    `json:"data"`
}

func (a API) infer(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	version, err := a.answer(w, r)
	status := http.StatusOK
	if err != nil {
		status = recommend.Status(err)
		response.Error(w, status, err.Error())
	}
	a.Service.Metrics.Answered("v2", status, version, time.Since(began))
}

// answer answers an infer request and returns the version that did, or says why it couldn't.
func (a API) answer(w http.ResponseWriter, r *http.Request) (version string, err error) {
	began := time.Now()
	body, err := a.Service.ReadBody(w, r, a.Name)
	if err != nil {
		return "", err
	}
	inference, err := Decode(body)
	if err != nil {
		return "", err
	}
	a.Service.Metrics.Preprocessed(time.Since(began))
	answers, err := a.Service.Recommend(r.Context(), recommend.Target{Model: a.Name, Version: r.PathValue("version")}, inference.Requests, row)
	if err != nil {
		return "", err
	}
	a.write(w, inference, answers)
	return answers.Version, nil
}

// row names what a malformed request in place i is about. Rows differ in user and history only; what
// else can be wrong is a parameter.
func row(int) string { return "parameters" }

// Decode reads the body of an infer request.
func Decode(body []byte) (Inference, error) {
	var request struct {
		ID         string                     `json:"id"`
		Parameters map[string]json.RawMessage `json:"parameters"`
		Inputs     []json.RawMessage          `json:"inputs"`
		Outputs    []struct {
			Name string `json:"name"`
		} `json:"outputs"`
	}
	if err := json.Unmarshal(body, &request); err != nil {
		return Inference{}, &instance.Error{Field: "body", Message: `must be a JSON object with "inputs" as the Open Inference Protocol has them: ` + err.Error()}
	}
	inference := Inference{ID: request.ID, Outputs: []string{"item_id", "score"}}
	if len(request.Outputs) > 0 {
		inference.Outputs = nil
	}
	for i, output := range request.Outputs {
		if output.Name != "item_id" && output.Name != "score" || slices.Contains(inference.Outputs, output.Name) {
			return Inference{}, &instance.Error{Field: fmt.Sprintf("outputs[%d].name", i), Message: fmt.Sprintf("is %q; it must be item_id or score, each at most once", output.Name)}
		}
		inference.Outputs = append(inference.Outputs, output.Name)
	}
	common, err := decodeParameters(request.Parameters)
	if err != nil {
		return Inference{}, err
	}
	inference.Requests, err = decodeInputs(request.Inputs, common)
	return inference, err
}

// decodeParameters reads the parameters that say what is to be recommended. Others are the
// protocol's own, or a client's, and say nothing to us. The protocol has no lists among parameters,
// so a list may also be given as a string that holds it.
func decodeParameters(parameters map[string]json.RawMessage) (model.Request, error) {
	request := model.Request{K: instance.DefaultK}
	for _, name := range slices.Sorted(maps.Keys(parameters)) { // sorted, so that the same fault is reported each time
		value := parameters[name]
		if name == "exclude" || name == "categories" {
			var quoted string
			if err := json.Unmarshal(value, &quoted); err == nil && quoted != "" {
				value = json.RawMessage(quoted)
			}
		}
		if _, err := instance.Parameter("parameters."+name, name, value, &request); err != nil {
			return request, err
		}
	}
	return request, instance.Validate("parameters", request)
}

// decodeInputs returns a request for each row of user_id, and of history if it is given.
func decodeInputs(inputs []json.RawMessage, common model.Request) ([]model.Request, error) {
	columns := map[string]column{}
	for i, raw := range inputs {
		path := fmt.Sprintf("inputs[%d]", i)
		name, values, err := decodeInput(path, raw)
		if err != nil {
			return nil, err
		}
		if _, twice := columns[name]; twice {
			return nil, &instance.Error{Field: path + ".name", Message: fmt.Sprintf("is %q, which an input before it is, too", name)}
		}
		columns[name] = column{path: path, values: values}
	}
	users, given := columns["user_id"]
	if !given {
		return nil, &instance.Error{Field: "inputs", Message: "lack user_id, BYTES [n]; an empty string is a shopper nobody knows"}
	}
	histories, given := columns["history"]
	if given && len(histories.values) != len(users.values) {
		return nil, &instance.Error{Field: histories.path + ".shape", Message: fmt.Sprintf("has %d rows; user_id has %d", len(histories.values), len(users.values))}
	}
	requests := make([]model.Request, len(users.values))
	for i := range requests {
		requests[i] = common
		requests[i].User = users.values[i]
		if !given || histories.values[i] == "" {
			continue
		}
		path := fmt.Sprintf("%s.data[%d]", histories.path, i)
		var err error
		if requests[i].History, err = instance.History(path, json.RawMessage(histories.values[i])); err != nil {
			return nil, err
		}
		if err := instance.Validate(path, model.Request{K: common.K, History: requests[i].History}); err != nil {
			return nil, err
		}
	}
	return requests, nil
}

// column is an input, one value a row.
type column struct {
	path   string
	values []string
}

func decodeInput(path string, raw json.RawMessage) (name string, values []string, err error) {
	var input struct {
		Name     string          `json:"name"`
		Datatype string          `json:"datatype"`
		Shape    []int           `json:"shape"`
		Data     json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(raw, &input); err != nil {
		return "", nil, &instance.Error{Field: path, Message: "must be an object with name, datatype, shape and data: " + err.Error()}
	}
	if input.Name != "user_id" && input.Name != "history" {
		return "", nil, &instance.Error{Field: path + ".name", Message: fmt.Sprintf("is %q; it must be user_id or history", input.Name)}
	}
	if input.Datatype != "BYTES" {
		return "", nil, &instance.Error{Field: path + ".datatype", Message: fmt.Sprintf("is %q; it must be BYTES", input.Datatype)}
	}
	if err := json.Unmarshal(input.Data, &values); err != nil {
		return "", nil, &instance.Error{Field: path + ".data", Message: "must be a list of strings"}
	}
	oneColumn := len(input.Shape) == 1 || len(input.Shape) == 2 && input.Shape[1] == 1
	if !oneColumn || input.Shape[0] != len(values) {
		return "", nil, &instance.Error{Field: path + ".shape", Message: fmt.Sprintf("is %v; it must be [%d], as many as data has", input.Shape, len(values))}
	}
	if len(values) < 1 || len(values) > recommend.MaxInstances {
		return "", nil, &instance.Error{Field: path + ".data", Message: fmt.Sprintf("has %d values; it must have from 1 to %d", len(values), recommend.MaxInstances)}
	}
	return input.Name, values, nil
}

// write answers with the outputs asked for, each [n, k]. Where fewer than k items were to be had, a
// row ends in "" and 0.
func (a API) write(w http.ResponseWriter, inference Inference, answers recommend.Answers) {
	began := time.Now()
	k := inference.Requests[0].K
	shape := []int{len(answers.Lists), k}
	ids := make([]string, len(answers.Lists)*k)
	scores := make([]float32, len(answers.Lists)*k)
	for i, list := range answers.Lists {
		for place, scored := range list.Items {
			ids[i*k+place], scores[i*k+place] = scored.ID, scored.Score
		}
	}
	var outputs []tensor
	for _, name := range inference.Outputs {
		if name == "item_id" {
			outputs = append(outputs, tensor{Name: name, Datatype: "BYTES", Shape: shape, Data: ids})
		} else {
			outputs = append(outputs, tensor{Name: name, Datatype: "FP32", Shape: shape, Data: scores})
		}
	}
	response.JSON(w, http.StatusOK, struct {
		ModelName    string   `json:"model_name"`
		ModelVersion string   `json:"model_version"`
		ID           string   `json:"id,omitempty"`
		Outputs      []tensor `json:"outputs"`
	}{a.Name, answers.Version, inference.ID, outputs})
	a.Service.Metrics.Postprocessed(time.Since(began))
}
