package v2grpc

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/daybreak-ml/daybreak/predictor/oip"
	"github.com/daybreak-ml/daybreak/predictor/v2grpc/inference"
)

// plainRequests are some that a plainRequest takes.
func plainRequests() []*inference.ModelInferRequest {
	users := func(shape []int64, values ...string) *inference.ModelInferRequest_InferInputTensor {
		return &inference.ModelInferRequest_InferInputTensor{
			Name: "user_id", Datatype: "BYTES", Shape: shape, Contents: &inference.InferTensorContents{BytesContents: new(plainResponse).byteElements(values)},
		}
	}
	return []*inference.ModelInferRequest{
		{},
		{ModelName: "recommender", Inputs: []*inference.ModelInferRequest_InferInputTensor{users([]int64{1}, "17850")}},
		{ModelName: "recommender", ModelVersion: "13", Id: "42", Inputs: []*inference.ModelInferRequest_InferInputTensor{users([]int64{3, 1}, "1", "", "ü")}},
		{
			ModelName:        "recommender",
			Inputs:           []*inference.ModelInferRequest_InferInputTensor{{Name: "user_id", Datatype: "BYTES", Shape: []int64{-1}}},
			RawInputContents: [][]byte{{5, 0, 0, 0, '1', '7', '8', '5', '0'}},
		},
		{Inputs: []*inference.ModelInferRequest_InferInputTensor{{}}, RawInputContents: [][]byte{{}}},
	}
}

// strangeRequests are some that it leaves to protobuf.
func strangeRequests() []*inference.ModelInferRequest {
	one := &inference.ModelInferRequest_InferInputTensor{Name: "user_id", Shape: []int64{1, 2, 3}}
	return []*inference.ModelInferRequest{
		{Inputs: []*inference.ModelInferRequest_InferInputTensor{one}},
		{Inputs: []*inference.ModelInferRequest_InferInputTensor{{}, {}}},
		{Inputs: []*inference.ModelInferRequest_InferInputTensor{{Contents: &inference.InferTensorContents{BoolContents: []bool{true}}}}},
		{Outputs: []*inference.ModelInferRequest_InferRequestedOutputTensor{{Name: "score"}}},
		{Parameters: map[string]*inference.InferParameter{"k": {ParameterChoice: &inference.InferParameter_Int64Param{Int64Param: 20}}}},
		{RawInputContents: [][]byte{{1}, {2}}},
		{RawInputContents: [][]byte{make([]byte, mostPlain)}},
	}
}

func TestPlainRequestsAreDecodedHereAndOthersByProtobuf(t *testing.T) {
	for want, requests := range map[bool][]*inference.ModelInferRequest{true: plainRequests(), false: strangeRequests()} {
		for _, request := range requests {
			message, err := proto.Marshal(request)
			require.NoError(t, err)
			_, is := new(plainRequest).decode(message)
			require.Equal(t, want, is, "%v", request)
		}
	}
}

func FuzzDecodePlain(f *testing.F) {
	for _, request := range append(plainRequests(), strangeRequests()...) {
		message, err := proto.Marshal(request)
		require.NoError(f, err)
		f.Add(message)
		f.Add(append(message, 1<<3|2, 0))
		f.Add(append(message, 5<<3|2, 2, 3<<3, 1))
	}
	f.Add([]byte{1<<3 | 2, 1, 0xff})
	f.Fuzz(func(t *testing.T, message []byte) {
		memory := &plainRequest{}
		for _, before := range plainRequests() {
			encoded, err := proto.Marshal(before)
			require.NoError(t, err)
			_, is := memory.decode(encoded)
			require.True(t, is)
			memory.forget()
		}
		got, is := memory.decode(message)
		if !is {
			return
		}
		var want inference.ModelInferRequest
		require.NoError(t, decodeAny(message, &want))
		require.True(t, proto.Equal(&want, got), "%v, not %v", got, &want)
	})
}

func FuzzAppendPlain(f *testing.F) {
	f.Add("recommender", "13", "42", "item_id", "BYTES", int64(1), int64(10), []byte("85123A"), float32(0.5), true, false)
	f.Add("recommender", "", "", "score", "FP32", int64(1), int64(1000), []byte(nil), float32(0), false, true)
	f.Add("\xff", "", "", "", "", int64(-1), int64(0), []byte(nil), float32(-1), false, true)
	f.Fuzz(func(t *testing.T, name, version, id, output, datatype string, n, k int64, value []byte, score float32, strings, raw bool) {
		tensor := oip.Tensor{Output: oip.Output{Name: output}, Datatype: datatype, Shape: []int64{n, k}}
		for range min(len(value), 3) {
			if strings {
				tensor.Strings = append(tensor.Strings, string(value))
			} else {
				tensor.Floats = append(tensor.Floats, score)
			}
		}
		memory := &plainResponse{}
		memory.respond("before", "1", "2", []oip.Tensor{{Strings: []string{"a", "b"}, Floats: []float32{1}}, tensor}, !raw)
		memory.forget()
		out := memory.respond(name, version, id, []oip.Tensor{tensor, {}, tensor}, raw)
		want, err := proto.Marshal(out)
		got, is := appendPlain(nil, out)
		require.Equal(t, err == nil, is, "protobuf says %v", err)
		if is {
			require.Equal(t, want, append([]byte{}, got...))
			require.Equal(t, len(got), sizeOfResponse(out))
		}
	})
}
