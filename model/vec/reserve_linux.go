package vec

import "golang.org/x/sys/unix"

// inHugePages has memory lie in huge pages, where the system gives any to those who ask.
func inHugePages(memory []uint8) { _ = unix.Madvise(memory, unix.MADV_HUGEPAGE) } // else it lies in the pages there are
