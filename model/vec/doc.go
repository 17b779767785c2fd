// Package vec holds the dense kernels that trainer and predictor share: dot
// product, scaled addition, symmetric updates and the Cholesky factorisation of
// small systems, all on float32 in row-major order.
//
// On amd64 with AVX2 and FMA the two inner loops run in assembly; elsewhere in
// Go. Which of them runs is fixed for a machine, so that results repeat bit for
// bit there; between the two they differ by rounding, as the order of summation
// differs.
package vec
