// Package testcluster is what tests say to a cluster: make me a namespace, apply
// this, wait until that, ask this Service. It works from inside the cluster's
// network as well as from afar, since it talks to the API server alone.
package testcluster
