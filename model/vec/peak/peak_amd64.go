package peak

// Read512 reads n bytes at p, a multiple of 512, in 512-bit registers and does nothing with them. It
// takes AVX-512.
//
//go:noescape
func Read512(p *float32, n int)

// MultiplyAdd512 does 16 · n fused multiplications and additions of 512-bit registers, 512
// operations on numbers for each n. It takes AVX-512.
func MultiplyAdd512(n int)
