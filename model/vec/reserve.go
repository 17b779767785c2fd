package vec

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// reserved returns size bytes of zeros that are given back with c. They are the kernel's rather than the heap's: codes hold
// no pointers and stay for as long as their model, and on the heap Go's collector would let as many bytes of garbage
// gather beside them before it collects. Where there are enough for one, they lie in huge pages: a scan waits less for where they are.
func (c *Codes) reserved(size int) []uint8 {
	whole := size
	if size >= hugePage {
		whole = (size+hugePage-1)/hugePage*hugePage + hugePage // so that there is a place to begin at
	}
	memory, err := unix.Mmap(-1, 0, whole, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil { // then the heap may yet have room
		return make([]uint8, size)
	}
	runtime.AddCleanup(c, func(memory []uint8) { _ = unix.Munmap(memory) }, memory) // it fails only for what isn't mapped
	if size < hugePage {
		return memory
	}
	memory = memory[toHugePage(memory):]
	inHugePages(memory[:whole-hugePage])
	return memory[:size:size]
}
