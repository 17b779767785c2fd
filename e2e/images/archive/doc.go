// Package archive writes container images of one static program each, as tars
// that containerd, Docker and kind load: an OCI image layout that also carries
// Docker's manifest.
//
// The same program gives the same bytes, and so the same digest, at any time and
// on any machine: no timestamps, fixed owners, one order of files, and the CA
// roots of a pinned module rather than the machine's.
package archive
