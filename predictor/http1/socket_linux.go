package http1

import (
	"io"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A socket is the file descriptor of a TCP connection, which doesn't block. Its system calls never wait, so the
// scheduler isn't told of them: one that it knows of it watches, and may take the core away for.
type socket int

// send sends as much as there is room for. Error: unix.EAGAIN if there is none, or why nothing is sent ever again.
func (s socket) send(bytes []byte) (n int, err error) {
	for {
		n, _, errno := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(s), uintptr(unsafe.Pointer(unsafe.SliceData(bytes))), uintptr(len(bytes)),
			unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, 0, 0)
		switch errno {
		case 0:
			return int(n), nil
		case unix.EINTR:
		default:
			return 0, errno
		}
	}
}

// left says whether the client has closed its side, and all is read that it said.
func (s socket) left() bool {
	var next byte
	n, _, errno := unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(s), uintptr(unsafe.Pointer(&next)), 1, unix.MSG_PEEK|unix.MSG_DONTWAIT, 0, 0)
	return errno == 0 && n == 0 || errno != 0 && errno != unix.EAGAIN && errno != unix.EINTR
}

// shut ends what is sent, or also what is received: unix.SHUT_WR or unix.SHUT_RDWR. A connection for which that fails has
// ended already.
func (s socket) shut(how int) {
	_, _, _ = unix.RawSyscall(unix.SYS_SHUTDOWN, uintptr(s), uintptr(how), 0)
}

// close gives the descriptor back. There is nothing left to lose.
func (s socket) close() { _, _, _ = unix.RawSyscall(unix.SYS_CLOSE, uintptr(s), 0, 0) }

// An inlet reads from sockets, and learns when the kernel received what it reads: what waits there has been waiting for
// longer than anybody here knows of.
type inlet struct {
	message unix.Msghdr
	into    unix.Iovec
	said    struct { // by the kernel, beside the bytes: socket(7), SO_TIMESTAMPNS
		unix.Cmsghdr
		at unix.Timespec
	}
}

// read reads what is there, and returns when the last byte of it was received. Errors: unix.EAGAIN if nothing is there
// yet, io.EOF, or why nothing ever will be.
func (i *inlet) read(from socket, into []byte) (n int, arrived time.Time, err error) {
	i.into.Base = unsafe.SliceData(into)
	i.into.SetLen(len(into))
	i.message.Iov, i.message.Iovlen = &i.into, 1
	i.message.Control = (*byte)(unsafe.Pointer(&i.said))
	for {
		i.said.Cmsghdr = unix.Cmsghdr{}
		i.message.SetControllen(int(unsafe.Sizeof(i.said)))
		got, _, errno := unix.RawSyscall(unix.SYS_RECVMSG, uintptr(from), uintptr(unsafe.Pointer(&i.message)), unix.MSG_DONTWAIT)
		switch {
		case errno == unix.EINTR:
			continue
		case errno != 0:
			return 0, time.Time{}, errno
		case got == 0:
			return 0, time.Time{}, io.EOF
		case i.said.Level == unix.SOL_SOCKET && i.said.Type == unix.SO_TIMESTAMPNS:
			return int(got), time.Unix(i.said.at.Unix()), nil
		}
		return int(got), time.Now(), nil
	}
}

// setUp has a connection say when it received what, send at once, and notice a client that is gone without a word. (From a
// listener for Multipath TCP, which Go's are, it inherits none of this.) An option that there isn't is done without.
func (s socket) setUp() {
	const probeAfter, probes = 15, 9 // seconds; as Go's net has it
	for _, option := range [...]struct {
		level, name uintptr
		value       int32
	}{
		{unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1},
		{unix.IPPROTO_TCP, unix.TCP_NODELAY, 1},
		{unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1},
		{unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, probeAfter},
		{unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, probeAfter},
		{unix.IPPROTO_TCP, unix.TCP_KEEPCNT, probes},
	} {
		value := option.value
		_, _, _ = unix.RawSyscall6(unix.SYS_SETSOCKOPT, uintptr(s), option.level, option.name, uintptr(unsafe.Pointer(&value)), unsafe.Sizeof(value), 0)
	}
}

// stampArrivals has the kernel note when something arrives even while there is no connection: what comes with the next, and waits
// until it is accepted, must be counted, too. A system without that does without.
func stampArrivals(listener int) {
	_ = unix.SetsockoptInt(listener, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1)
}

// acceptFrom takes the next connection from a listener, and returns who it is with. Error: a syscall.Errno.
func acceptFrom(listener int) (accepted socket, remote string, err error) {
	var from unix.RawSockaddrAny
	size := uint32(unix.SizeofSockaddrAny)
	fd, _, errno := unix.RawSyscall6(unix.SYS_ACCEPT4, uintptr(listener), uintptr(unsafe.Pointer(&from)), uintptr(unsafe.Pointer(&size)),
		unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0, 0)
	if errno != 0 {
		return -1, "", errno
	}
	accepted = socket(fd)
	accepted.setUp()
	return accepted, address(&from), nil
}
