// Package build turns the modules below programs/ into the programs a cluster
// is made of: Kubernetes and etcd in one binary, CoreDNS, and the controllers.
//
// Each folder there is a Go module of its own that pins one release and holds
// little or nothing besides go.mod and go.sum. What was built is kept outside
// the repository, under a name that changes with everything the build depends
// on: the module's files, the flags, the platform and the Go version. A second
// build is then a look-up.
package build
