// Package oip is what the Open Inference Protocol, KServe's V2, means for a recommender, over HTTP as
// over gRPC: which tensors go in and come out, and what their parameters say.
//
//	in:  user_id BYTES [n]; history BYTES [n], a JSON list each; the rest as parameters
//	out: item_id BYTES [n, k]; score FP32 [n, k]
//	     and when asked for: because BYTES [n, k], a JSON list each; strategy BYTES [n]
//
// Where fewer than k items were to be had, a row ends in "" and 0. source:
// https://github.com/kserve/open-inference-protocol, and of tensors as bytes Triton's binary tensor
// data extension.
package oip
