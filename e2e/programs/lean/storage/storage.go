// Package storage lists the schemes that a TrainedModel's address may have. The
// clients of those stores belong to KServe's agent, and its manager calls none.
package storage

// GetAllProtocol is the prefixes of KServe's own package.
func GetAllProtocol() []string { return []string{"s3://", "gs://", "https://", "http://"} }
