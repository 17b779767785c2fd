// Package safetensors reads and writes the safetensors format: an unsigned 64-bit little-endian
// header length, a JSON header that names each tensor's type, shape and place, and the tensors'
// bytes, little-endian, in C order.
//
// The format demands that tensors follow each other without holes. [Encode] also aligns each of
// them to [Alignment] bytes, so that a mapped file can be read with the widest vector loads: it pads
// the header with spaces and fills gaps with tensors named padding.N.
//
// Source: https://github.com/huggingface/safetensors, section Format.
package safetensors
