//go:build !linux

package http1

import "net"

// An engine can look after no connections on this system.
type engine struct{}

func (*engine) serve(*Server, net.Listener) (can bool, err error) { return false, nil }

func (*engine) stop() {}

func (*engine) closeIdle() int { return 0 }

func (*engine) closeAll() {}
