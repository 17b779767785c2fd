package http2

import (
	"fmt"
	"io"
	"net"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A socket is a TCP connection whose system calls the scheduler isn't told of. They never wait; and after an idle moment the
// first that it knows of wakes the thread that looks for those that do, which then takes a turn on some core every 20 µs.
type socket struct {
	*net.TCPConn
	raw               syscall.RawConn
	received, sent    transfer
	receive, transmit func(fd uintptr) (done bool)
	attempt           func(fd uintptr) (done bool) // receive, which waits for nothing
}

// A transfer is a system call on memory, and what came of it.
type transfer struct {
	memory []byte // that is left to fill, or to send
	n      int    // bytes
	errno  syscall.Errno
}

// direct returns a connection that is read from, by one goroutine, and written to, by one other, with less work; the same
// if there is no such way.
func direct(connection net.Conn) net.Conn {
	tcp, is := connection.(*net.TCPConn)
	if !is {
		return connection
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return connection
	}
	s := &socket{TCPConn: tcp, raw: raw}
	s.receive = func(fd uintptr) (done bool) {
		t := &s.received
		t.n, t.errno = call(unix.SYS_RECVFROM, fd, t.memory)
		return t.errno != unix.EAGAIN
	}
	s.attempt = func(fd uintptr) (done bool) {
		s.receive(fd)
		return true
	}
	s.transmit = func(fd uintptr) (done bool) {
		t := &s.sent
		for len(t.memory) > 0 {
			n, errno := call(unix.SYS_SENDTO, fd, t.memory)
			if t.errno = errno; errno != 0 {
				return errno != unix.EAGAIN
			}
			t.n, t.memory = t.n+n, t.memory[n:]
		}
		return true
	}
	return s
}

// call receives or sends without waiting. Error: unix.EAGAIN if nothing is there, or there is no room.
func call(number, fd uintptr, memory []byte) (n int, errno syscall.Errno) {
	for {
		n, _, errno := unix.RawSyscall6(number, fd, uintptr(unsafe.Pointer(unsafe.SliceData(memory))), uintptr(len(memory)),
			unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, 0, 0)
		if errno != unix.EINTR {
			return int(n), errno
		}
	}
}

// Read waits for what comes next.
func (s *socket) Read(into []byte) (int, error) { return s.read(into, s.receive) }

// receiveNow reads what is there. Error: unix.EAGAIN if nothing is.
func (s *socket) receiveNow(into []byte) (int, error) { return s.read(into, s.attempt) }

func (s *socket) read(into []byte, receive func(fd uintptr) (done bool)) (int, error) {
	if len(into) == 0 {
		return 0, nil
	}
	s.received = transfer{memory: into}
	err := s.raw.Read(receive)
	t := s.received
	s.received = transfer{}
	switch {
	case err != nil:
		return 0, err
	case t.errno == unix.EAGAIN:
		return 0, t.errno
	case t.errno != 0:
		return 0, fmt.Errorf("read from %s: %w", s.RemoteAddr(), t.errno)
	case t.n == 0:
		return 0, io.EOF
	}
	return t.n, nil
}

// Write waits until all is sent.
func (s *socket) Write(from []byte) (int, error) {
	s.sent = transfer{memory: from}
	err := s.raw.Write(s.transmit)
	t := s.sent
	s.sent = transfer{}
	if err == nil && t.errno != 0 {
		err = fmt.Errorf("write to %s: %w", s.RemoteAddr(), t.errno)
	}
	return t.n, err
}

// shut ends what is received and sent.
func (s *socket) shut() {
	_ = s.CloseRead() // one for which that fails has ended already
	_ = s.CloseWrite()
}
