package oip

import (
	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/predictor/response"
)

// A Tensor is an output with its elements in row-major order.
type Tensor struct {
	Output
	Datatype string
	Shape    []int64
	Strings  []string  // of BYTES
	Floats   []float32 // of FP32
}

// Tensors returns the outputs asked for, of the answers to the inference's requests.
func (i Inference) Tensors(answers []model.Answer) []Tensor {
	n, k := len(answers), i.Requests[0].K
	table := []int64{int64(n), int64(k)}
	tensors := make([]Tensor, len(i.Outputs))
	for at, output := range i.Outputs {
		tensor := Tensor{Output: output, Datatype: "BYTES", Shape: table}
		switch output.Name {
		case "item_id":
			tensor.Strings = itemIDs(answers, k)
		case "score":
			tensor.Datatype, tensor.Floats = "FP32", scores(answers, k)
		case "because":
			tensor.Strings = reasons(answers, k)
		case "strategy":
			tensor.Shape, tensor.Strings = table[:1], strategies(answers)
		}
		tensors[at] = tensor
	}
	return tensors
}

func itemIDs(answers []model.Answer, k int) []string {
	ids := make([]string, len(answers)*k)
	for row, answer := range answers {
		for place, scored := range answer.Items {
			ids[row*k+place] = scored.ID
		}
	}
	return ids
}

func scores(answers []model.Answer, k int) []float32 {
	values := make([]float32, len(answers)*k)
	for row, answer := range answers {
		for place, scored := range answer.Items {
			values[row*k+place] = scored.Score
		}
	}
	return values
}

func reasons(answers []model.Answer, k int) []string {
	lists := make([]string, len(answers)*k)
	for row, answer := range answers {
		for place, scored := range answer.Items {
			lists[row*k+place] = string(response.AppendStrings(nil, scored.Because))
		}
	}
	return lists
}

func strategies(answers []model.Answer) []string {
	names := make([]string, len(answers))
	for row, answer := range answers {
		names[row] = string(answer.Strategy)
	}
	return names
}
