// Package network puts ranks on machines of their own, as far as the network goes:
// namespaces linked by a switch, whose links can be slow, and be cut. Tests and
// benchmarks use it. It takes root, and ip and tc of iproute2.
package network

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
)

// Network is a switch with a namespace for each rank, all linked to it at a rate.
type Network struct {
	prefix string
	made   []string // namespaces
}

// number tells a process's networks from each other.
var number atomic.Int64

// New makes a network whose links carry at most rate, as tc writes it, in either
// direction. It must be closed, after an error too.
func New(ctx context.Context, ranks int, rate string) (*Network, error) {
	n := &Network{prefix: fmt.Sprintf("daybreak-%d-%d", os.Getpid(), number.Add(1))}
	if err := n.add(ctx, n.middle()); err != nil {
		return n, err
	}
	if err := n.ip(ctx, "-n", n.middle(), "link", "add", "bridge", "type", "bridge"); err != nil {
		return n, err
	}
	if err := n.ip(ctx, "-n", n.middle(), "link", "set", "bridge", "up"); err != nil {
		return n, err
	}
	for rank := range ranks {
		if err := n.attach(ctx, rank, rate); err != nil {
			return n, err
		}
	}
	return n, nil
}

func (n *Network) middle() string { return n.prefix + "-switch" }

// Namespace is a rank's, as ip netns names it.
func (n *Network) Namespace(rank int) string { return fmt.Sprintf("%s-%d", n.prefix, rank) }

// Address is a rank's.
func (n *Network) Address(rank int) string { return fmt.Sprintf("10.77.0.%d", rank+1) }

// attach makes a rank's namespace and links it to the switch.
func (n *Network) attach(ctx context.Context, rank int, rate string) error {
	namespace, port := n.Namespace(rank), port(rank)
	if err := n.add(ctx, namespace); err != nil {
		return err
	}
	for _, arguments := range [][]string{
		{"-n", n.middle(), "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", namespace},
		{"-n", n.middle(), "link", "set", port, "master", "bridge", "up"},
		{"-n", namespace, "address", "add", n.Address(rank) + "/24", "dev", "eth0"},
		{"-n", namespace, "link", "set", "eth0", "up"},
		{"-n", namespace, "link", "set", "lo", "up"},
	} {
		if err := n.ip(ctx, arguments...); err != nil {
			return err
		}
	}
	for _, end := range [][2]string{{n.middle(), port}, {namespace, "eth0"}} {
		err := run(ctx, "tc", "-n", end[0], "qdisc", "add", "dev", end[1], "root", "tbf", "rate", rate, "burst", "256kb", "latency", "20ms")
		if err != nil {
			return err
		}
	}
	return nil
}

func (n *Network) add(ctx context.Context, namespace string) error {
	if err := n.ip(ctx, "netns", "add", namespace); err != nil {
		return err
	}
	n.made = append(n.made, namespace)
	return nil
}

func (n *Network) ip(ctx context.Context, arguments ...string) error {
	return run(ctx, "ip", arguments...)
}

// Part cuts the link between two ranks, which go on reaching all others. What is
// sent on it is lost.
func (n *Network) Part(ctx context.Context, one, other int) error {
	return n.isolate(ctx, "on", one, other)
}

// Mend undoes Part.
func (n *Network) Mend(ctx context.Context, one, other int) error {
	return n.isolate(ctx, "off", one, other)
}

// isolate says of ports whether frames go from one to another that is so, too.
func (n *Network) isolate(ctx context.Context, isolated string, ranks ...int) error {
	for _, rank := range ranks {
		if err := n.ip(ctx, "-n", n.middle(), "link", "set", port(rank), "type", "bridge_slave", "isolated", isolated); err != nil {
			return err
		}
	}
	return nil
}

// Sent is how many bytes a rank has sent, headers included.
func (n *Network) Sent(ctx context.Context, rank int) (int64, error) {
	out, err := exec.CommandContext(ctx, "ip", "netns", "exec", n.Namespace(rank), "cat", "/sys/class/net/eth0/statistics/tx_bytes").Output()
	if err != nil {
		return 0, fmt.Errorf("bytes that rank %d sent: %w", rank, err)
	}
	return strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
}

// port is where a rank's link ends at the switch.
func port(rank int) string { return fmt.Sprintf("port%d", rank) }

// Close removes the namespaces, and with them what is in them.
func (n *Network) Close() error {
	var failed error
	for _, namespace := range n.made {
		failed = errors.Join(failed, n.ip(context.Background(), "netns", "delete", namespace))
	}
	return failed
}

func run(ctx context.Context, program string, arguments ...string) error {
	out, err := exec.CommandContext(ctx, program, arguments...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w: %s", program, strings.Join(arguments, " "), err, out)
	}
	return nil
}
