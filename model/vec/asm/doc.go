// Command asm writes the assembly of package vec for amd64: each kernel once,
// as a program over sixteen lanes, for AVX-512 (a lane set is one register) and
// for AVX2 with FMA (it is two). Both do the same operations on each lane in the
// same order, so that their results are the same bit for bit.
//
// It is a module of its own, so that what it takes to generate never reaches the
// product's. Run it by go generate in model/vec.
package main
