// Predictor serves models to whoever speaks KServe's V1 protocol or the Open Inference Protocol, over
// HTTP or gRPC.
//
//	request ─ v1, v2, v2grpc ─▶ model.Request ─ recommend ─▶ the version that serves ─▶ model.Answer ─▶ answer
//	                                                               ▲
//	                       --model_dir, looked at every --poll ─ versions
//
// A protocol's package (v1, v2, v2grpc) reads requests and writes answers. What an app asks for is read
// by package instance, which all use; what the Open Inference Protocol means over HTTP as over gRPC is
// package oip. Package recommend pins the version that serves, so that a newer one (package versions)
// can take its place meanwhile: the old one's memory is given back when the last request that uses it
// ends. Package admission bounds how many requests wait, and lets those that wait share a pass over the catalogue.
//
// Package server listens, tells gRPC from other requests, and stops without losing one. Package http1
// answers the plain requests over HTTP/1.1 that are nearly all there are, http2 what comes over HTTP/2, gRPC among it,
// and net/http the rest; accept takes connections for the first two. Around the
// protocols over HTTP it lays contentcoding (gzip, zstd), cloudevents, payloadlog, tracing and
// accesslog. Package metrics is what Prometheus gets to see; openapi says what clients may rely on, and
// conformance calls all of it with clients that we didn't write.
//
// A model that isn't whole, or that doesn't answer its golden requests as it must, never serves; the
// one before goes on.
//
//	predictor --model_dir /mnt/models --model_name recommender --http_port 8080
//	curl localhost:8080/v1/models/recommender:predict -d '{"instances":[{"user_id":"17850","k":5}]}'
package main
