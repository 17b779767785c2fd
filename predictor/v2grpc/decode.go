package v2grpc

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/predictor/instance"
	"github.com/daybreak-ml/daybreak/predictor/oip"
	"github.com/daybreak-ml/daybreak/predictor/recommend"
	"github.com/daybreak-ml/daybreak/predictor/response"
	"github.com/daybreak-ml/daybreak/predictor/v2grpc/inference"
)

// Decode reads an infer request. Error: *instance.Error.
func Decode(in *inference.ModelInferRequest) (oip.Inference, error) {
	request := oip.Request{ID: in.GetId(), Common: model.Request{K: instance.DefaultK}}
	if parameters := in.GetParameters(); len(parameters) > 0 {
		for _, name := range slices.Sorted(maps.Keys(parameters)) { // sorted, so that the same fault is reported each time
			if err := decodeParameter(&request, name, parameters[name]); err != nil {
				return oip.Inference{}, instance.At("parameters", instance.At(name, err))
			}
		}
	}
	for _, output := range in.GetOutputs() {
		request.Outputs = append(request.Outputs, oip.Asked{Name: output.GetName()})
	}
	raw := in.GetRawInputContents()
	if len(raw) > 0 && len(raw) != len(in.GetInputs()) {
		return oip.Inference{}, &instance.Error{Field: "raw_input_contents", Message: fmt.Sprintf("has %d entries; it must have one for each of the %d inputs, or none", len(raw), len(in.GetInputs()))}
	}
	for i, tensor := range in.GetInputs() {
		input := oip.Input{Name: tensor.GetName(), Datatype: tensor.GetDatatype(), Shape: tensor.GetShape()}
		var err error
		if len(raw) > 0 {
			input.Values, err = rawValues(i, tensor, raw[i])
		} else {
			input.Values, err = values(tensor)
		}
		if err != nil {
			return oip.Inference{}, err
		}
		request.Inputs = append(request.Inputs, input)
	}
	return request.Inference()
}

func rawValues(i int, tensor *inference.ModelInferRequest_InferInputTensor, raw []byte) ([]string, error) {
	if tensor.GetContents() != nil {
		return nil, &instance.Error{Field: fmt.Sprintf("inputs[%d].contents", i), Message: "is given, and raw_input_contents, too; it must be one of them"}
	}
	if tensor.GetDatatype() != "BYTES" {
		return nil, nil // which is what is reported then
	}
	values, err := oip.Strings(raw, recommend.MaxInstances)
	if err != nil {
		return nil, instance.At(fmt.Sprintf("raw_input_contents[%d]", i), err)
	}
	return values, nil
}

func values(tensor *inference.ModelInferRequest_InferInputTensor) ([]string, error) {
	contents := tensor.GetContents().GetBytesContents()
	if len(contents) > recommend.MaxInstances {
		return nil, &instance.Error{Field: "inputs", Message: fmt.Sprintf("have a tensor of %d values; there must be at most %d", len(contents), recommend.MaxInstances)}
	}
	values := make([]string, len(contents))
	for i, value := range contents {
		values[i] = string(value)
	}
	return values, nil
}

// decodeParameter reads a parameter as if JSON had it.
func decodeParameter(request *oip.Request, name string, parameter *inference.InferParameter) error {
	var document []byte
	switch choice := parameter.GetParameterChoice().(type) {
	case *inference.InferParameter_BoolParam:
		document = strconv.AppendBool(nil, choice.BoolParam)
	case *inference.InferParameter_Int64Param:
		document = strconv.AppendInt(nil, choice.Int64Param, 10)
	case *inference.InferParameter_Uint64Param:
		document = strconv.AppendUint(nil, choice.Uint64Param, 10)
	case *inference.InferParameter_DoubleParam:
		document = strconv.AppendFloat(nil, choice.DoubleParam, 'g', -1, 64)
	case *inference.InferParameter_StringParam:
		document = response.AppendString(nil, choice.StringParam)
	default:
		document = []byte("null")
	}
	return instance.Quoted(string(document), func(r *instance.Reader) error { return request.DecodeParameter(r, name) })
}
