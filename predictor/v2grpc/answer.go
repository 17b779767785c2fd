package v2grpc

import (
	"encoding/binary"
	"math"
	"slices"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/daybreak-ml/daybreak/predictor/oip"
	"github.com/daybreak-ml/daybreak/predictor/v2grpc/inference"
)

// usualOutputs is how many outputs calls mostly ask for.
const usualOutputs = 2

// A plainResponse is the memory of infer responses, one after the other.
type plainResponse struct {
	response inference.ModelInferResponse
	outputs  [usualOutputs]plainOutput
	all      [usualOutputs]*inference.ModelInferResponse_InferOutputTensor
	raw      [usualOutputs][]byte
	text     []byte   // of elements
	elements [][]byte // pieces of text
}

type plainOutput struct {
	output   inference.ModelInferResponse_InferOutputTensor
	contents inference.InferTensorContents
}

// forget gets the memory ready for another response.
func (p *plainResponse) forget() {
	out := &p.response
	out.ModelName, out.ModelVersion, out.Id, out.Outputs, out.RawOutputContents = "", "", "", nil, nil
	for i := range p.outputs {
		output, contents := &p.outputs[i].output, &p.outputs[i].contents
		output.Name, output.Datatype, output.Shape, output.Contents = "", "", nil, nil
		contents.Fp32Contents, contents.BytesContents = nil, nil
	}
	clear(p.all[:])
	clear(p.raw[:])
	if cap(p.text) > mostKept {
		p.text = nil
	}
	if cap(p.elements) > mostKept/elementSize {
		p.elements = nil
	}
	clear(p.elements)
	p.text, p.elements = p.text[:0], p.elements[:0]
}

const (
	mostKept    = 32 << 10 // bytes of a large answer's memory, which is an exception
	elementSize = 24       // bytes that an element takes beside its text
)

// respond returns a response of tensors, as bytes if raw. The memory must have been forgotten.
func (p *plainResponse) respond(name, version, id string, tensors []oip.Tensor, raw bool) *inference.ModelInferResponse {
	out := &p.response
	out.ModelName, out.ModelVersion, out.Id = name, version, id
	outputs, rawOutputs := p.outputs[:], p.raw[:0]
	out.Outputs = p.all[:0]
	if len(tensors) > usualOutputs {
		outputs = make([]plainOutput, len(tensors))
	}
	for i, tensor := range tensors {
		output := &outputs[i].output
		output.Name, output.Datatype, output.Shape = tensor.Name, tensor.Datatype, tensor.Shape
		out.Outputs = append(out.Outputs, output)
		if raw {
			rawOutputs = append(rawOutputs, p.rawElements(tensor))
			out.RawOutputContents = rawOutputs
			continue
		}
		output.Contents = &outputs[i].contents
		output.Contents.Fp32Contents, output.Contents.BytesContents = tensor.Floats, p.byteElements(tensor.Strings)
	}
	return out
}

// rawElements returns a tensor's elements as bytes.
func (p *plainResponse) rawElements(tensor oip.Tensor) []byte {
	begin := len(p.text)
	p.text = tensor.AppendRaw(slices.Grow(p.text, tensor.RawSize()))
	return p.text[begin:len(p.text):len(p.text)]
}

// byteElements returns values as bytes.
func (p *plainResponse) byteElements(values []string) [][]byte {
	if len(values) == 0 {
		return nil
	}
	size := 0
	for _, value := range values {
		size += len(value)
	}
	p.text = slices.Grow(p.text, size)
	first := len(p.elements)
	p.elements = slices.Grow(p.elements, len(values))
	for _, value := range values {
		begin := len(p.text)
		p.text = append(p.text, value...)
		p.elements = append(p.elements, p.text[begin:len(p.text):len(p.text)])
	}
	return p.elements[first:len(p.elements):len(p.elements)]
}

// appendPlain appends a response as protobuf encodes it, or reports false if it isn't one that respond makes.
func appendPlain(message []byte, out *inference.ModelInferResponse) ([]byte, bool) {
	if len(out.Parameters) > 0 || !valid(out.ModelName, out.ModelVersion, out.Id) {
		return message, false
	}
	message = appendString(message, 1, out.ModelName)
	message = appendString(message, 2, out.ModelVersion)
	message = appendString(message, 3, out.Id)
	for _, output := range out.Outputs {
		if !isPlain(output) {
			return message, false
		}
		message = appendOutput(appendHead(message, 5, sizeOfOutput(output)), output)
	}
	for _, raw := range out.RawOutputContents {
		message = append(appendHead(message, 6, len(raw)), raw...)
	}
	return message, true
}

func valid(texts ...string) bool {
	for _, text := range texts {
		if !utf8.ValidString(text) {
			return false
		}
	}
	return true
}

func isPlain(output *inference.ModelInferResponse_InferOutputTensor) bool {
	contents := output.GetContents()
	return output != nil && len(output.Parameters) == 0 && valid(output.Name, output.Datatype) &&
		len(contents.GetBoolContents())+len(contents.GetIntContents())+len(contents.GetInt64Contents())+len(contents.GetUintContents())+
			len(contents.GetUint64Contents())+len(contents.GetFp64Contents()) == 0
}

func appendOutput(message []byte, output *inference.ModelInferResponse_InferOutputTensor) []byte {
	message = appendString(message, 1, output.Name)
	message = appendString(message, 2, output.Datatype)
	if len(output.Shape) > 0 {
		message = appendHead(message, 3, sizeOfShape(output.Shape))
		for _, length := range output.Shape {
			message = protowire.AppendVarint(message, uint64(length))
		}
	}
	if output.Contents != nil {
		message = appendContents(appendHead(message, 5, sizeOfContents(output.Contents)), output.Contents)
	}
	return message
}

func appendContents(message []byte, contents *inference.InferTensorContents) []byte {
	if len(contents.Fp32Contents) > 0 {
		message = appendHead(message, 6, 4*len(contents.Fp32Contents))
		for _, value := range contents.Fp32Contents {
			message = binary.LittleEndian.AppendUint32(message, math.Float32bits(value))
		}
	}
	for _, value := range contents.BytesContents {
		message = append(appendHead(message, 8, len(value)), value...)
	}
	return message
}

// appendHead appends what comes before a field of so many bytes.
func appendHead(message []byte, field protowire.Number, size int) []byte {
	return protowire.AppendVarint(protowire.AppendTag(message, field, protowire.BytesType), uint64(size))
}

// appendString appends a field of text, unless it is empty.
func appendString(message []byte, field protowire.Number, text string) []byte {
	if text == "" {
		return message
	}
	return append(appendHead(message, field, len(text)), text...)
}

// sizeOf returns how many bytes a field of so many bytes takes, with its head; all fields' numbers are small.
func sizeOf(bytes int) int { return 1 + protowire.SizeBytes(bytes) }

func sizeOfString(text string) int {
	if text == "" {
		return 0
	}
	return sizeOf(len(text))
}

func sizeOfShape(shape []int64) (size int) {
	for _, length := range shape {
		size += protowire.SizeVarint(uint64(length))
	}
	return size
}

func sizeOfContents(contents *inference.InferTensorContents) (size int) {
	if len(contents.Fp32Contents) > 0 {
		size = sizeOf(4 * len(contents.Fp32Contents))
	}
	for _, value := range contents.BytesContents {
		size += sizeOf(len(value))
	}
	return size
}

func sizeOfOutput(output *inference.ModelInferResponse_InferOutputTensor) int {
	size := sizeOfString(output.Name) + sizeOfString(output.Datatype)
	if len(output.Shape) > 0 {
		size += sizeOf(sizeOfShape(output.Shape))
	}
	if output.Contents != nil {
		size += sizeOf(sizeOfContents(output.Contents))
	}
	return size
}

// sizeOfResponse returns how many bytes appendPlain appends.
func sizeOfResponse(out *inference.ModelInferResponse) int {
	size := sizeOfString(out.ModelName) + sizeOfString(out.ModelVersion) + sizeOfString(out.Id)
	for _, output := range out.Outputs {
		size += sizeOf(sizeOfOutput(output))
	}
	for _, raw := range out.RawOutputContents {
		size += sizeOf(len(raw))
	}
	return size
}
