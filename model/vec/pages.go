package vec

import "unsafe"

// hugePage is the least size of one on every architecture that has them.
const hugePage = 2 << 20

// toHugePage returns how many bytes of memory lie before the first that could begin a huge page.
func toHugePage(memory []byte) int {
	return int(-uintptr(unsafe.Pointer(unsafe.SliceData(memory))) % hugePage)
}

// Zeros returns n zeros that lie in huge pages, as far as they fill any and the system gives them to those who ask. Who reads rows
// from all over a matrix waits for the address of a page of four kilobytes at nearly each of them.
func Zeros(n int) []float32 {
	values := make([]float32, n)
	inHugePages(unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(values))), 4*n))
	return values
}
