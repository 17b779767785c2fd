package peak

// Read512 reads n bytes at p, a multiple of 512, in 512-bit registers and does nothing with them. It
// takes AVX-512.
//
//go:noescape
func Read512(p *float32, n int)

// MultiplyAdd512 does 16 · n fused multiplications and additions of 512-bit registers, 512
// operations on numbers for each n. It takes AVX-512.
func MultiplyAdd512(n int)

// Read256 reads n bytes at p, a multiple of 512, in 256-bit registers and does nothing with them. It
// takes AVX.
//
//go:noescape
func Read256(p *float32, n int)

// MultiplyAdd256 does 8 · n fused multiplications and additions of 256-bit registers, 128 operations on
// numbers for each n. It takes FMA.
func MultiplyAdd256(n int)

// MultiplyAddBytes256 multiplies 256 · n bytes with as many and adds the products up in 16 bits. It takes AVX2.
func MultiplyAddBytes256(n int)
