package v2

import (
	"fmt"
	"strconv"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/predictor/instance"
	"github.com/daybreak-ml/daybreak/predictor/oip"
)

// headerLength is the header that says how long the JSON document at the body's beginning is, where
// bytes of tensors follow it.
const headerLength = "Inference-Header-Content-Length"

// decode reads the body of an infer request, of which jsonLength bytes, the header's value, are JSON;
// all of them if it is empty.
func decode(body []byte, jsonLength string) (oip.Inference, error) {
	length := len(body)
	if jsonLength != "" {
		var err error
		if length, err = strconv.Atoi(jsonLength); err != nil || length < 0 || length > len(body) {
			return oip.Inference{}, &instance.Error{Field: headerLength, Message: fmt.Sprintf("is %q; it must be a number from 0 to the body's length, which is %d", jsonLength, len(body))}
		}
	}
	return Decode(body[:length], body[length:])
}

// maxTensors is how many inputs or outputs a request may name.
const maxTensors = 16

// Decode reads an infer request: its JSON document, and the bytes of tensors that follow it. Error:
// *instance.Error.
func Decode(document, binary []byte) (oip.Inference, error) {
	request := oip.Request{Common: model.Request{K: instance.DefaultK}}
	err := instance.Document(document, `a JSON object with "inputs" as the Open Inference Protocol has them`, func(r *instance.Reader, name string) error {
		switch name {
		case "id":
			return r.String("a string", &request.ID)
		case "parameters":
			_, err := r.Object("an object", func(name string) error { return request.DecodeParameter(r, name) })
			return err
		case "inputs":
			_, err := r.List("a list of tensors", maxTensors, func(int) (err error) {
				var input oip.Input
				input, binary, err = decodeInput(r, binary)
				request.Inputs = append(request.Inputs, input)
				return err
			})
			return err
		case "outputs":
			_, err := r.List("a list of outputs", maxTensors, func(int) error {
				output, err := decodeOutput(r)
				request.Outputs = append(request.Outputs, output)
				return err
			})
			return err
		}
		return r.Skip()
	})
	if err != nil {
		return oip.Inference{}, err
	}
	if len(binary) > 0 {
		return oip.Inference{}, &instance.Error{Field: "inputs", Message: fmt.Sprintf("leave %d bytes of the body to no tensor; each tensor's binary_data_size must be that of its bytes", len(binary))}
	}
	return request.Inference()
}

// decodeOutput reads an output that is asked for.
func decodeOutput(r *instance.Reader) (oip.Asked, error) {
	var output oip.Asked
	_, err := r.Object("an object with a name", func(name string) error {
		switch name {
		case "name":
			return r.String("a string", &output.Name)
		case "parameters":
			_, err := r.Object("an object", func(name string) error {
				if name != "binary_data" || r.IsNull() {
					return r.Skip()
				}
				output.Binary = new(bool)
				return r.Bool(output.Binary)
			})
			return err
		}
		return r.Skip()
	})
	return output, err
}
