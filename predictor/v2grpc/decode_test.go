package v2grpc_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"

	"github.com/daybreak-ml/daybreak/predictor/instance"
	"github.com/daybreak-ml/daybreak/predictor/recommend"
	"github.com/daybreak-ml/daybreak/predictor/v2grpc"
	"github.com/daybreak-ml/daybreak/predictor/v2grpc/inference"
)

func FuzzDecode(f *testing.F) {
	for _, seed := range []*inference.ModelInferRequest{
		{
			Id: "42", Parameters: map[string]*inference.InferParameter{
				"k":          {ParameterChoice: &inference.InferParameter_Int64Param{Int64Param: 20}},
				"categories": {ParameterChoice: &inference.InferParameter_StringParam{StringParam: `["garden"]`}},
				"diversity":  {ParameterChoice: &inference.InferParameter_DoubleParam{DoubleParam: 0.5}},
			},
			Inputs:  []*inference.ModelInferRequest_InferInputTensor{{Name: "user_id", Datatype: "BYTES", Shape: []int64{1}, Contents: &inference.InferTensorContents{BytesContents: [][]byte{[]byte("17850")}}}},
			Outputs: []*inference.ModelInferRequest_InferRequestedOutputTensor{{Name: "score"}},
		},
		{
			Inputs:           []*inference.ModelInferRequest_InferInputTensor{{Name: "user_id", Datatype: "BYTES", Shape: []int64{2}}},
			RawInputContents: [][]byte{{5, 0, 0, 0, '1', '7', '8', '5', '0', 0, 0, 0, 0}},
		},
		{RawInputContents: [][]byte{{255, 255, 255, 255}}, Inputs: []*inference.ModelInferRequest_InferInputTensor{{Name: "history", Datatype: "BYTES", Shape: []int64{-1}}}},
	} {
		message, err := proto.Marshal(seed)
		require.NoError(f, err)
		f.Add(message)
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		var request inference.ModelInferRequest
		if err := (v2grpc.Codec{}).Unmarshal(mem.BufferSlice{mem.SliceBuffer(message)}, &request); err != nil {
			return
		}
		decoded, err := v2grpc.Decode(&request)
		if err != nil {
			var malformed *instance.Error
			require.True(t, errors.As(err, &malformed), "%v", err)
			return
		}
		require.NotEmpty(t, decoded.Outputs)
		require.NotEmpty(t, decoded.Requests)
		require.LessOrEqual(t, len(decoded.Requests), recommend.MaxInstances)
		for _, request := range decoded.Requests {
			require.NoError(t, request.Validate())
		}
	})
}

func TestARequestOfTooManyFieldsIsRefusedBeforeItIsDecoded(t *testing.T) {
	for name, message := range map[string][]byte{
		"inputs":            repeated([]byte{5<<3 | 2, 0}, 20_000),
		"contents of one":   append([]byte{5<<3 | 2, 0xc4, 0xb8, 0x02, 5<<3 | 2, 0xc0, 0xb8, 0x02}, repeated([]byte{8<<3 | 2, 0}, 20_000)...),
		"raw contents":      repeated([]byte{7<<3 | 2, 0}, 20_000),
		"requested outputs": repeated([]byte{6<<3 | 2, 0}, 20_000),
	} {
		t.Run(name, func(t *testing.T) {
			var request inference.ModelInferRequest
			err := (v2grpc.Codec{}).Unmarshal(mem.BufferSlice{mem.SliceBuffer(message)}, &request)
			require.ErrorContains(t, err, "more than 10000 fields")
		})
	}
}

func repeated(field []byte, n int) []byte {
	var message []byte
	for range n {
		message = append(message, field...)
	}
	return message
}
