package vec

import "golang.org/x/sys/unix"

// inHugePages has memory lie in huge pages, as far as it fills any.
func inHugePages(memory []byte) {
	memory = memory[min(toHugePage(memory), len(memory)):]
	if memory = memory[:len(memory)/hugePage*hugePage]; len(memory) > 0 {
		// A system that refuses leaves the pages there are. The first is about pages to
		// come, the second about memory that the process had before.
		_ = unix.Madvise(memory, unix.MADV_HUGEPAGE)
		_ = unix.Madvise(memory, unix.MADV_COLLAPSE)
	}
}
