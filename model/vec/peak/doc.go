// Package peak runs the plainest loops a processor has, for benchmarks to compare kernels with: one
// that only reads, and one that only multiplies and adds. It is amd64's alone.
package peak
