package http1

import (
	"errors"
	"io"
)

// A requestBody is a body that was read before its request is answered.
type requestBody struct {
	rest []byte
	err  error // at its end
}

func (b *requestBody) Read(into []byte) (int, error) {
	if len(b.rest) == 0 {
		return 0, b.err
	}
	n := copy(into, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

// Close has nothing to do.
func (*requestBody) Close() error { return nil }

// endOf returns how a body ends of which reading has ended with err.
func endOf(err error) error {
	switch {
	case err == nil:
		return io.EOF
	case errors.Is(err, io.EOF):
		return io.ErrUnexpectedEOF
	}
	return err
}
