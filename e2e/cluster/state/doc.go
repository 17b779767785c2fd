// Package state is the folder a cluster lives in, and what its processes tell
// each other through it: the lock that keeps two clusters apart, the options
// one was started with, and a status that says how far it has come.
//
// Nothing in the folder outlives the cluster but its logs.
package state
