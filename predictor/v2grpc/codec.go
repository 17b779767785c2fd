package v2grpc

import (
	"fmt"

	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
	protobuf "google.golang.org/protobuf/proto"

	"github.com/daybreak-ml/daybreak/predictor/v2grpc/inference"
)

// maxFields is how many fields an infer request may have, those of its tensors among them. Each takes
// two bytes of a message at least, but a hundred and more once it is decoded.
const maxFields = 10_000

// Codec is gRPC's own for Protocol Buffers, which refuses infer requests of too many fields before they
// are decoded.
type Codec struct{}

// Name is what the content type calls the codec.
func (Codec) Name() string { return proto.Name }

// Marshal encodes a message.
func (Codec) Marshal(message any) (mem.BufferSlice, error) {
	return encoding.GetCodecV2(proto.Name).Marshal(message)
}

// Unmarshal decodes a message.
func (Codec) Unmarshal(data mem.BufferSlice, message any) error {
	if request, bounded := message.(*inference.ModelInferRequest); bounded {
		buffer := data.MaterializeToBuffer(mem.DefaultBufferPool())
		defer buffer.Free()
		return decodeAny(buffer.ReadOnlyData(), request)
	}
	return encoding.GetCodecV2(proto.Name).Unmarshal(data, message)
}

// decodeInfer decodes an infer request, which may lie in memory and data.
func decodeInfer(data []byte, memory *plainRequest) (*inference.ModelInferRequest, error) {
	if request, is := memory.decode(data); is {
		return request, nil
	}
	request := new(inference.ModelInferRequest)
	return request, decodeAny(data, request)
}

// decodeAny decodes an infer request of any form.
func decodeAny(data []byte, request *inference.ModelInferRequest) error {
	if count := fields(data, 0, 0); count > maxFields {
		return fmt.Errorf("the request has more than %d fields", maxFields)
	}
	return protobuf.Unmarshal(data, request)
}

// fields returns how many fields a message has, and its tensors and their contents: field 5, twice
// nested. It counts from counted on, and not beyond maxFields by more than one. What isn't well formed
// is left to be found by whoever decodes it.
func fields(message []byte, depth, counted int) int {
	const nested, deepest = 5, 2
	for len(message) > 0 && counted <= maxFields {
		number, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return counted
		}
		message = message[n:]
		size := protowire.ConsumeFieldValue(number, kind, message)
		if size < 0 {
			return counted
		}
		counted++
		if kind == protowire.BytesType && number == nested && depth < deepest {
			inner, _ := protowire.ConsumeBytes(message)
			counted = fields(inner, depth+1, counted)
		}
		message = message[size:]
	}
	return counted
}
