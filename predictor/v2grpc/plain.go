package v2grpc

import (
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/daybreak-ml/daybreak/predictor/v2grpc/inference"
)

// A plainRequest is the memory, in one piece, of infer requests as calls for recommendations mostly are: one input
// and no parameters. It holds one after the other.
type plainRequest struct {
	request  inference.ModelInferRequest
	input    inference.ModelInferRequest_InferInputTensor
	contents inference.InferTensorContents
	inputs   [1]*inference.ModelInferRequest_InferInputTensor
	shape    [2]int64
	value    [1][]byte
	raw      [1][]byte
}

// mostPlain is how long a plain message is at most, in bytes: any text of it that is kept, such as the model's name, keeps
// all of it.
const mostPlain = 4 << 10

// forget gets the memory ready for another request.
func (p *plainRequest) forget() {
	p.request.ModelName, p.request.ModelVersion, p.request.Id, p.request.Inputs, p.request.RawInputContents = "", "", "", nil, nil
	p.input.Name, p.input.Datatype, p.input.Shape, p.input.Contents = "", "", nil, nil
	p.contents.BytesContents = nil
	p.value[0], p.raw[0] = nil, nil
}

// decode decodes a plain infer request as protobuf does, or reports false and leaves it to that: whatever is
// unusual in a message, or wrong with it. The request's bytes, but not its texts, lie in message. The memory must have
// been forgotten.
func (p *plainRequest) decode(message []byte) (*inference.ModelInferRequest, bool) {
	if len(message) > mostPlain {
		return nil, false
	}
	r := plainReader{data: message, text: string(message), end: len(message)}
	for r.more() {
		switch r.tag() {
		case 1:
			p.request.ModelName = r.string()
		case 2:
			p.request.ModelVersion = r.string()
		case 3:
			p.request.Id = r.string()
		case 5:
			r.expect(p.request.Inputs == nil)
			p.inputs[0] = &p.input
			p.request.Inputs = p.inputs[:]
			outer := r.enter()
			p.decodeInput(&r)
			r.end = outer
		case 7:
			r.expect(p.request.RawInputContents == nil)
			p.raw[0] = r.bytes()
			p.request.RawInputContents = p.raw[:]
		default:
			return nil, false
		}
	}
	return &p.request, !r.strange
}

func (p *plainRequest) decodeInput(r *plainReader) {
	for r.more() {
		switch r.tag() {
		case 1:
			p.input.Name = r.string()
		case 2:
			p.input.Datatype = r.string()
		case 3:
			r.expect(p.input.Shape == nil)
			p.input.Shape = r.integers(p.shape[:0])
		case 5:
			r.expect(p.input.Contents == nil)
			p.input.Contents = &p.contents
			outer := r.enter()
			p.decodeContents(r)
			r.end = outer
		default:
			r.expect(false)
		}
	}
}

func (p *plainRequest) decodeContents(r *plainReader) {
	p.contents.BytesContents = p.value[:0]
	for r.more() {
		r.expect(r.tag() == 8)
		p.contents.BytesContents = append(p.contents.BytesContents, r.bytes())
	}
}

// A plainReader reads the fields of a message, all of whose lengths come before them.
type plainReader struct {
	data    []byte
	text    string // the same
	at, end int    // of the message that is being read
	strange bool   // what was met isn't plain; what is returned means nothing then
}

// more says whether there is another field.
func (r *plainReader) more() bool { return r.at < r.end && !r.strange }

// expect notes what is strange.
func (r *plainReader) expect(usual bool) { r.strange = r.strange || !usual }

// varint reads a number.
func (r *plainReader) varint() uint64 {
	number, n := protowire.ConsumeVarint(r.data[r.at:r.end])
	if n < 0 {
		r.strange, n = true, 0
	}
	r.at += n
	return number
}

// tag reads a field's number; -1 for one without a length.
func (r *plainReader) tag() int {
	const kinds, last = 8, 100
	tag := r.varint()
	if tag%kinds != uint64(protowire.BytesType) || tag/kinds > last {
		return -1
	}
	return int(tag / kinds)
}

// enter reads a field's length, makes the field the message that is being read, and returns where the one around it
// ends.
func (r *plainReader) enter() (outer int) {
	outer = r.end
	length := r.varint()
	if r.strange || length > uint64(r.end-r.at) {
		r.strange = true
		return outer
	}
	r.end = r.at + int(length)
	return outer
}

// bytes reads a field of bytes.
func (r *plainReader) bytes() []byte {
	outer := r.enter()
	value := r.data[r.at:r.end:r.end]
	r.at, r.end = r.end, outer
	return value
}

// string reads a field of text.
func (r *plainReader) string() string {
	outer := r.enter()
	value := r.text[r.at:r.end]
	r.at, r.end = r.end, outer
	r.expect(utf8.ValidString(value))
	return value
}

// integers reads a field of numbers, and appends as many as into holds.
func (r *plainReader) integers(into []int64) []int64 {
	outer := r.enter()
	for r.more() {
		r.expect(len(into) < cap(into))
		if value := r.varint(); !r.strange {
			into = append(into, int64(value))
		}
	}
	r.at, r.end = r.end, outer
	return into
}
