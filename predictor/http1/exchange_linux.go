package http1

import (
	"net/http"
	"sync"
	"time"
)

// An exchange is the memory in which a request is read and answered. A connection has one only while something is under
// way: those that wait for their client cost little.
type exchange struct {
	inlet    inlet
	buffer   []byte
	received []byte    // in buffer: what was read and belongs to no request that is answered
	arrived  time.Time // when its last byte did
	reading  scan
	known    memory
	plain    *plainRequest // nil until there is one
	response response
	unsent   []byte // of the response
}

var exchanges = sync.Pool{New: func() any {
	buffer := make([]byte, bufferSize)
	return &exchange{buffer: buffer, received: buffer[:0], reading: scan{head: head{header: http.Header{}}}}
}}

// begin makes an exchange ready for the next request.
func (x *exchange) begin() {
	header, values := x.reading.header, x.reading.values
	clear(header)
	x.reading = scan{head: head{header: header}, values: values[:0]}
}

// giveBack lets others have an exchange. Nothing of it is needed any more.
func (x *exchange) giveBack() {
	if len(x.buffer) > bufferSize { // a large request was an exception
		x.buffer = make([]byte, bufferSize)
	}
	x.received, x.unsent = x.buffer[:0], nil
	x.begin()
	exchanges.Put(x)
}

// look reads on in the request that was received so far, and says what becomes of it, and whether it is whole.
func (x *exchange) look() (found verdict, whole bool) {
	asked := &x.reading
	if len(x.received) == 0 {
		return incomplete, false
	}
	if !asked.begun() && (asked.seen > 0 || !x.known.recall(x.received, asked)) {
		if found := asked.read(x.received); found != plain {
			return found, false
		}
		x.known.keep(asked)
	}
	return plain, len(x.received) >= asked.size+asked.length
}

// answered goes on to what was received after the request that is answered.
func (x *exchange) answered() {
	x.received = x.received[min(len(x.received), x.reading.size+x.reading.length):]
	x.begin()
}

// body is what was received of the request's body.
func (x *exchange) body() []byte {
	return x.received[x.reading.size:min(len(x.received), x.reading.size+x.reading.length)]
}

// reserve makes room for what is missing of a request.
func (x *exchange) reserve() {
	size := len(x.received) + 1
	if x.reading.begun() {
		size = x.reading.size + x.reading.length
	}
	size = max(bufferSize, size)
	if size > len(x.buffer) {
		x.buffer = make([]byte, max(size, min(2*len(x.buffer), maxHead+maxBody)))
	}
	x.received = x.buffer[:copy(x.buffer, x.received)]
}
