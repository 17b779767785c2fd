package http2

import (
	"encoding/binary"
	"io"
)

// An input is what was received of a connection and not read.
type input struct {
	now  []byte // in memory that is another connection's afterwards
	rest []byte // what is kept of it: a part of a frame
}

// Read reads what is there.
func (i *input) Read(into []byte) (int, error) {
	if len(i.now) == 0 {
		return 0, io.EOF
	}
	n := copy(into, i.now)
	i.now = i.now[n:]
	return n, nil
}

// whole says whether the next frame has come whole, or is longer than it may be.
func (i *input) whole() bool {
	if len(i.now) < frameHead {
		return false
	}
	size := int(binary.BigEndian.Uint32(i.now) >> 8)
	return size > frameSize || len(i.now) >= frameHead+size
}

// keep keeps what isn't read.
func (i *input) keep() {
	if len(i.now) == 0 {
		i.rest = nil
	} else {
		i.rest = append(i.rest[:0], i.now...)
	}
	i.now = nil
}
