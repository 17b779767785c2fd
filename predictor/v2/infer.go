package v2

import (
	"net/http"
	"strconv"
	"time"

	"github.com/daybreak-ml/daybreak/predictor/metrics"
	"github.com/daybreak-ml/daybreak/predictor/oip"
	"github.com/daybreak-ml/daybreak/predictor/recommend"
	"github.com/daybreak-ml/daybreak/predictor/response"
)

func (a API) infer(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	asked := target(r)
	if _, err := a.Service.Models.Model(asked.Model); err != nil {
		recommend.Fail(w, err)
		return
	}
	version, err := a.answer(w, r, asked)
	status := http.StatusOK
	if err != nil {
		status = recommend.Fail(w, err)
	}
	a.Service.Metrics.Answered(metrics.Outcome{
		Protocol: metrics.V2, Code: strconv.Itoa(status), Model: asked.Model, Version: version, Took: time.Since(began),
	})
}

// answer answers an infer request and returns the version that did, or says why it couldn't.
func (a API) answer(w http.ResponseWriter, r *http.Request, asked recommend.Target) (version string, err error) {
	measured := a.Service.Metrics.Model(asked.Model)
	began := time.Now()
	body, err := a.Service.ReadBody(nil, w, r, asked.Model)
	if err != nil {
		return "", err
	}
	inference, err := decode(body, r.Header.Get(headerLength))
	if err != nil {
		return "", err
	}
	measured.Preprocessed(time.Since(began))
	answers, err := a.Service.Recommend(r.Context(), asked, inference.Requests, oip.Row)
	if err != nil {
		return "", err
	}
	began = time.Now()
	write(w, asked.Model, inference, answers)
	answers.ReleaseAll()
	measured.Postprocessed(time.Since(began))
	return answers.Version, nil
}

// write answers with the outputs asked for. Those asked for as bytes follow the JSON document, in
// their order; the header says where it ends.
func write(w http.ResponseWriter, name string, inference oip.Inference, answers recommend.Answers) {
	tensors := inference.Tensors(answers.Lists)
	size, binary := 256, 0
	for _, tensor := range tensors {
		size += 128 + 16*len(tensor.Floats) + 4*len(tensor.Strings) + tensor.RawSize()
	}
	body := make([]byte, 0, size)
	body = append(body, `{"model_name":`...)
	body = response.AppendString(body, name)
	body = append(body, `,"model_version":`...)
	body = response.AppendString(body, answers.Version)
	if inference.ID != "" {
		body = append(body, `,"id":`...)
		body = response.AppendString(body, inference.ID)
	}
	body = append(body, `,"outputs":[`...)
	for i, tensor := range tensors {
		if i > 0 {
			body = append(body, ',')
		}
		body = appendTensor(body, tensor)
		if tensor.Binary {
			binary++
		}
	}
	body = append(body, "]}"...)
	if binary == 0 {
		response.Send(w, http.StatusOK, "application/json", body)
		return
	}
	w.Header().Set(headerLength, strconv.Itoa(len(body)))
	for _, tensor := range tensors {
		if tensor.Binary {
			body = tensor.AppendRaw(body)
		}
	}
	response.Send(w, http.StatusOK, "application/octet-stream", body)
}

// appendTensor appends a tensor as JSON, without its elements if they follow as bytes.
func appendTensor(body []byte, tensor oip.Tensor) []byte {
	body = append(body, `{"name":`...)
	body = response.AppendString(body, tensor.Name)
	body = append(body, `,"datatype":`...)
	body = response.AppendString(body, tensor.Datatype)
	body = append(body, `,"shape":[`...)
	for i, dimension := range tensor.Shape {
		if i > 0 {
			body = append(body, ',')
		}
		body = strconv.AppendInt(body, dimension, 10)
	}
	body = append(body, ']')
	switch {
	case tensor.Binary:
		body = append(body, `,"parameters":{"binary_data_size":`...)
		body = strconv.AppendInt(body, int64(tensor.RawSize()), 10)
		body = append(body, '}')
	case tensor.Floats != nil:
		body = append(body, `,"data":`...)
		body = response.AppendFloats(body, tensor.Floats)
	default:
		body = append(body, `,"data":`...)
		body = response.AppendStrings(body, tensor.Strings)
	}
	return append(body, '}')
}
