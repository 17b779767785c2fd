//go:build !linux

package http2

// Loops look after no connections on this system.
type loops struct{}

func (*loops) add(*connection) bool { return false }

func (*loops) end() {}
