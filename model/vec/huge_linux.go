package vec

import "golang.org/x/sys/unix"

// inHugePages asks the kernel to lay memory that hasn't been written to into pages of 2 MB where it fills
// them: a scan touches every page, and there are more small ones than the processor knows the places of.
func inHugePages(memory []byte) {
	if len(memory) >= 2<<20 {
		_ = unix.Madvise(memory, unix.MADV_HUGEPAGE) // small pages do, too
	}
}
