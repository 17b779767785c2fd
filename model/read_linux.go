package model

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// readNow fills memory with what a file holds from an offset on, in bytes, and reports false if that isn't in the page cache.
// Since it never waits, the scheduler isn't told of it: one that it is told of wakes the thread that watches over those.
// Source: preadv2(2).
func readNow(file uintptr, memory []byte, offset int64) bool {
	into := unix.Iovec{Base: unsafe.SliceData(memory)}
	into.SetLen(len(memory))
	n, _, errno := unix.RawSyscall6(unix.SYS_PREADV2, file, uintptr(unsafe.Pointer(&into)), 1, uintptr(offset), 0, unix.RWF_NOWAIT)
	return errno == 0 && int(n) == len(memory)
}
