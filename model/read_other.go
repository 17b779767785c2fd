//go:build !linux

package model

// readNow says that nothing is known to be in the page cache.
func readNow(uintptr, []byte, int64) bool { return false }
