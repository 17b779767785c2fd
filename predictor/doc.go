// Predictor serves a model to whoever speaks KServe's V1 or V2 protocol.
//
//	request ─ v1, v2 ─▶ model.Request ─ recommend ─▶ the version that serves ─▶ model.Answer ─ v1, v2 ─▶ answer
//	                                                       ▲
//	               --model_dir, looked at every --poll ─ versions
//
// A protocol's package (v1, v2) reads requests and writes answers; what an app asks for is read by
// package instance, which both use. Package recommend pins the version that serves, so that a newer
// one (package versions) can take its place meanwhile: the old one's memory is given back when the
// last request that uses it ends. Package server listens, and stops without losing a request.
// Package metrics is what Prometheus gets to see.
//
// A model that isn't whole, or that doesn't answer its golden requests as it must, never serves; the
// one before goes on.
//
//	predictor --model_dir /mnt/models --model_name recommender --http_port 8080
//	curl localhost:8080/v1/models/recommender:predict -d '{"instances":[{"user_id":"17850","k":5}]}'
package main
