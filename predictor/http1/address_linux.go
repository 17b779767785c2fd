package http1

import (
	"encoding/binary"
	"net/netip"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// address writes a TCP address as net does.
func address(raw *unix.RawSockaddrAny) string {
	port := func(p *uint16) uint16 { return binary.BigEndian.Uint16((*[2]byte)(unsafe.Pointer(p))[:]) }
	switch raw.Addr.Family {
	case unix.AF_INET:
		four := (*unix.RawSockaddrInet4)(unsafe.Pointer(raw))
		return netip.AddrPortFrom(netip.AddrFrom4(four.Addr), port(&four.Port)).String()
	case unix.AF_INET6:
		six := (*unix.RawSockaddrInet6)(unsafe.Pointer(raw))
		ip := netip.AddrFrom16(six.Addr).Unmap()
		if six.Scope_id != 0 {
			ip = ip.WithZone(strconv.FormatUint(uint64(six.Scope_id), 10))
		}
		return netip.AddrPortFrom(ip, port(&six.Port)).String()
	}
	return ""
}
