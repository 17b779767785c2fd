package testcluster

import (
	"context"
	"testing"
)

// Installed is a namespace that what is under test has made, and whoever installed it takes away. When
// the test has failed, what happened in it is logged.
func (c *Cluster) Installed(t *testing.T, name string) *Namespace {
	t.Helper()
	namespace := &Namespace{Cluster: c, Name: name}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(namespace.story(context.Background())) // the test's own context has ended
		}
	})
	return namespace
}
