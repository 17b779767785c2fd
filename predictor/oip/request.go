package oip

import (
	"fmt"
	"slices"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/predictor/instance"
	"github.com/daybreak-ml/daybreak/predictor/recommend"
)

// A Request is an infer request as it was sent.
type Request struct {
	ID     string
	Common model.Request // what the parameters say; the same for every row
	Inputs []Input
	// Outputs is what is asked for, in order; if nothing, item_id and score are.
	Outputs []Asked
	// BinaryOutputs is the form of outputs that don't say theirs.
	BinaryOutputs bool
}

// Asked is an output as it was asked for.
type Asked struct {
	Name   string
	Binary *bool // as bytes rather than as values; nil if that wasn't said
}

// An Input is a tensor that was sent.
type Input struct {
	Name     string
	Datatype string
	Shape    []int64
	Values   []string // the elements, in row-major order
}

// An Output is a tensor that is to be given.
type Output struct {
	Name   string
	Binary bool // as bytes rather than as values
}

// An Inference is a request that was found to be well formed: one request a shopper, all with the same
// K and filters.
type Inference struct {
	ID       string
	Requests []model.Request
	Outputs  []Output
}

// Inference checks the request. Error: *instance.Error.
func (r Request) Inference() (Inference, error) {
	inference := Inference{ID: r.ID}
	if err := instance.At("parameters", instance.Validate(r.Common)); err != nil {
		return inference, err
	}
	var err error
	if inference.Outputs, err = r.outputs(); err != nil {
		return inference, err
	}
	if slices.ContainsFunc(inference.Outputs, func(o Output) bool { return o.Name == "because" }) {
		r.Common.Explain = true
	}
	if inference.Requests, err = r.rows(); err != nil {
		return inference, err
	}
	return inference, instance.At("parameters", recommend.CheckSize(inference.Requests))
}

func (r Request) outputs() ([]Output, error) {
	if len(r.Outputs) == 0 {
		outputs := []Output{{"item_id", r.BinaryOutputs}, {"score", r.BinaryOutputs}}
		if r.Common.Explain {
			outputs = append(outputs, Output{"because", r.BinaryOutputs})
		}
		return outputs, nil
	}
	outputs := make([]Output, len(r.Outputs))
	for i, output := range r.Outputs {
		known := slices.ContainsFunc(Outputs(), func(d Description) bool { return d.Name == output.Name })
		twice := slices.ContainsFunc(r.Outputs[:i], func(o Asked) bool { return o.Name == output.Name })
		if !known || twice {
			return nil, &instance.Error{
				Field:   fmt.Sprintf("outputs[%d].name", i),
				Message: fmt.Sprintf("is %q; it must be item_id, score, because or strategy, each at most once", output.Name),
			}
		}
		outputs[i] = Output{Name: output.Name, Binary: r.BinaryOutputs}
		if output.Binary != nil {
			outputs[i].Binary = *output.Binary
		}
	}
	return outputs, nil
}

// rows returns a request for each row of user_id, and of history if it is given.
func (r Request) rows() ([]model.Request, error) {
	var users, histories []string
	var historiesAt int
	for i, input := range r.Inputs {
		if err := r.check(i); err != nil {
			return nil, instance.At(fmt.Sprintf("inputs[%d]", i), err)
		}
		if input.Name == "user_id" {
			users = input.Values
		} else {
			histories, historiesAt = input.Values, i
		}
	}
	if users == nil {
		return nil, &instance.Error{Field: "inputs", Message: "lack user_id, BYTES [n]; an empty string is a shopper nobody knows"}
	}
	if histories != nil && len(histories) != len(users) {
		return nil, &instance.Error{
			Field:   fmt.Sprintf("inputs[%d].shape", historiesAt),
			Message: fmt.Sprintf("has %d rows; user_id has %d", len(histories), len(users)),
		}
	}
	requests := make([]model.Request, len(users))
	for i, user := range users {
		requests[i] = r.Common
		requests[i].User = user
		if histories == nil || histories[i] == "" {
			continue
		}
		var err error
		if requests[i].History, err = instance.DecodeHistory(histories[i]); err != nil {
			return nil, instance.At(fmt.Sprintf("inputs[%d].data[%d]", historiesAt, i), err)
		}
	}
	return requests, nil
}

// check reports what is wrong with an input.
func (r Request) check(i int) error {
	input := r.Inputs[i]
	switch {
	case input.Name != "user_id" && input.Name != "history":
		return &instance.Error{Field: "name", Message: fmt.Sprintf("is %q; it must be user_id or history", input.Name)}
	case slices.ContainsFunc(r.Inputs[:i], func(other Input) bool { return other.Name == input.Name }):
		return &instance.Error{Field: "name", Message: fmt.Sprintf("is %q, which an input before it is, too", input.Name)}
	case input.Datatype != "BYTES":
		return &instance.Error{Field: "datatype", Message: fmt.Sprintf("is %q; it must be BYTES", input.Datatype)}
	}
	n := len(input.Values)
	if n < 1 || n > recommend.MaxInstances {
		return &instance.Error{Field: "data", Message: fmt.Sprintf("has %d values; it must have from 1 to %d", n, recommend.MaxInstances)}
	}
	if oneColumn := len(input.Shape) == 1 || len(input.Shape) == 2 && input.Shape[1] == 1; !oneColumn || input.Shape[0] != int64(n) {
		return &instance.Error{Field: "shape", Message: fmt.Sprintf("is %v; it must be [%d], as many as data has", input.Shape, n)}
	}
	return nil
}

// DecodeParameter reads a parameter of a request. One that isn't known is the protocol's own, or a
// client's, and says nothing to us; it is skipped. The protocol has no lists among parameters, and
// some clients have no numbers but whole ones: what isn't a string may also be given as a string that
// holds it.
func (r *Request) DecodeParameter(reader *instance.Reader, name string) error {
	if name == "similar_to" || !reader.IsString() {
		return r.decodeParameter(reader, name)
	}
	var document string
	if err := reader.String("a string", &document); err != nil {
		return err
	}
	return instance.Quoted(document, func(quoted *instance.Reader) error { return r.decodeParameter(quoted, name) })
}

func (r *Request) decodeParameter(reader *instance.Reader, name string) error {
	if name == "binary_data_output" {
		return reader.Bool(&r.BinaryOutputs)
	}
	known, err := instance.Parameter(reader, name, &r.Common)
	if !known {
		return reader.Skip()
	}
	return err
}

// Row names what a request that was found malformed by the model is about. Rows differ in user and
// history only; what else can be wrong is a parameter.
func Row(int) string { return "parameters" }
