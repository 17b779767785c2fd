// Package build turns the module in programs/ into the programs a cluster is made
// of: Kubernetes and etcd in one binary, CoreDNS, and the controllers.
//
// That module pins the release of each program. Being one module, it has one version
// of every package that they share, which so is compiled once; and all programs are
// built by one call of the go command, which keeps the machine's cores busy.
//
// What was built is kept outside the repository, under a name that changes with
// everything the build depends on: the module's files, the flags, the platform and
// the Go version. A second build is then a look-up.
package build
