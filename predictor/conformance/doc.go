// Package conformance calls the predictor with clients that we didn't write: KServe's, Triton's, the
// CloudEvents SDK, curl, grpcurl, and Schemathesis with the predictor's OpenAPI document. What each has
// called is the table in docs/api.md, which a test keeps true (go test ./predictor/conformance -update).
package conformance
