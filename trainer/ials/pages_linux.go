package ials

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// hugePage is the least size of one on every architecture that has them.
const hugePage = 2 << 20

// inHugePages returns zeros that lie in huge pages, where the system gives any to
// those who ask. Rows are gathered from all over the factors: with pages of four
// kilobytes nearly each of them waits for its page's address to be found.
func inHugePages(n int) []float32 {
	values := make([]float32, n)
	address := uintptr(unsafe.Pointer(unsafe.SliceData(values)))
	first := (hugePage - address%hugePage) % hugePage / 4
	if whole := (4*uintptr(n) - min(4*first, 4*uintptr(n))) / hugePage * hugePage; whole > 0 {
		bytes := unsafe.Slice((*byte)(unsafe.Pointer(&values[first])), whole)
		// A system that refuses leaves the pages there are. The first is about pages to
		// come, the second about memory that the process had before.
		_ = unix.Madvise(bytes, unix.MADV_HUGEPAGE)
		_ = unix.Madvise(bytes, unix.MADV_COLLAPSE)
	}
	return values
}
