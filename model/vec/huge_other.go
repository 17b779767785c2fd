//go:build !linux

package vec

// inHugePages does nothing where the kernel can't be asked.
func inHugePages([]byte) {}
