package http1

import (
	"errors"
	"net"
	"sync"
)

// preface is how a connection that speaks HTTP/2 begins, with what it looks like to HTTP/1. Source: RFC 9113,
// section 3.4.
const preface = "PRI * HTTP/2.0\r\n\r\n"

// begun is a connection of which something was read.
type begun struct {
	net.Conn
	read []byte
}

func (b *begun) Read(into []byte) (int, error) {
	if len(b.read) == 0 {
		return b.Conn.Read(into)
	}
	n := copy(into, b.read)
	b.read = b.read[n:]
	return n, nil
}

// Begun returns what was read, and the connection that the rest is read from.
func (b *begun) Begun() (read []byte, rest net.Conn) { return b.read, b.Conn }

// CloseWrite tells the client that nothing more comes, as net/http does before it closes a connection of
// which it hasn't read everything.
func (b *begun) CloseWrite() error {
	if half, can := b.Conn.(interface{ CloseWrite() error }); can {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}

// others is where connections go that aren't answered here: a listener for who takes them.
type others struct {
	given  chan net.Conn
	closed chan struct{}
	close  sync.Once
}

func newOthers() *others {
	return &others{given: make(chan net.Conn), closed: make(chan struct{})}
}

// give hands a connection over, and reports false if there is nobody any more to take it.
func (o *others) give(connection net.Conn) bool {
	select {
	case o.given <- connection:
		return true
	case <-o.closed:
		return false
	}
}

// Accept returns the next connection.
func (o *others) Accept() (net.Conn, error) {
	select {
	case connection := <-o.given:
		return connection, nil
	case <-o.closed:
		return nil, net.ErrClosed
	}
}

// Close ends Accept.
func (o *others) Close() error {
	o.close.Do(func() { close(o.closed) })
	return nil
}

// Addr returns no address: connections don't come from the network.
func (o *others) Addr() net.Addr { return nowhere{} }

type nowhere struct{}

func (nowhere) Network() string { return "none" }
func (nowhere) String() string  { return "handed over" }
