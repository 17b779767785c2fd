package vec

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// reserved returns size bytes of zeros that are given back with c. They are the kernel's rather than the heap's: codes hold
// no pointers and stay for as long as their model, and on the heap Go's collector would let as many bytes of garbage
// gather beside them before it collects.
func (c *Codes) reserved(size int) []uint8 {
	memory, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil { // then the heap may yet have room
		return make([]uint8, size)
	}
	runtime.AddCleanup(c, func(memory []uint8) { _ = unix.Munmap(memory) }, memory) // it fails only for what isn't mapped
	return memory
}
