package http1

import (
	"io"
	"net"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// An inlet reads from a TCP connection, and learns when the kernel received what it reads: what waits there has
// been waiting for longer than anybody here knows of.
type inlet struct {
	raw     syscall.RawConn
	receive func(fd uintptr) (done bool)

	message unix.Msghdr
	into    unix.Iovec
	said    struct { // by the kernel, beside the bytes: socket(7), SO_TIMESTAMPNS
		unix.Cmsghdr
		at unix.Timespec
	}
	n     int
	errno syscall.Errno
}

// newInlet returns what reads from a connection; nil if the kernel doesn't say when it received what.
func newInlet(from net.Conn) *inlet {
	tcp, is := from.(*net.TCPConn)
	if !is {
		return nil
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return nil
	}
	if controlled := raw.Control(func(fd uintptr) {
		err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1)
	}); controlled != nil || err != nil {
		return nil
	}
	i := &inlet{raw: raw}
	i.message.Iov, i.message.Iovlen = &i.into, 1
	i.message.Control = (*byte)(unsafe.Pointer(&i.said))
	i.receive = i.try
	return i
}

// read reads as a connection's Read does, and returns when the last byte it read was received.
func (i *inlet) read(into []byte) (n int, arrived time.Time, err error) {
	i.into.Base = unsafe.SliceData(into)
	i.into.SetLen(len(into))
	if err := i.raw.Read(i.receive); err != nil {
		return 0, time.Time{}, err
	}
	i.into.Base = nil
	switch {
	case i.errno != 0:
		return 0, time.Time{}, i.errno
	case i.n == 0:
		return 0, time.Time{}, io.EOF
	case i.said.Level == unix.SOL_SOCKET && i.said.Type == unix.SO_TIMESTAMPNS:
		return i.n, time.Unix(i.said.at.Unix()), nil
	}
	return i.n, time.Now(), nil
}

// try reads what is there, and reports false if there is nothing yet. The scheduler isn't told of the system call,
// which never waits.
func (i *inlet) try(fd uintptr) (done bool) {
	for {
		i.said.Cmsghdr = unix.Cmsghdr{}
		i.message.SetControllen(int(unsafe.Sizeof(i.said)))
		n, _, errno := unix.RawSyscall(unix.SYS_RECVMSG, fd, uintptr(unsafe.Pointer(&i.message)), unix.MSG_DONTWAIT)
		switch errno {
		case unix.EINTR:
			continue
		case unix.EAGAIN:
			return false
		}
		i.n, i.errno = int(n), errno
		return true
	}
}
