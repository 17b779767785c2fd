package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// network is a switch with a namespace for each rank, all linked to it at a rate.
type network struct {
	prefix string
	made   []string // namespaces
}

// newNetwork makes a network whose links carry at most rate, as tc writes it, in
// either direction. It must be closed, after an error too.
func newNetwork(ctx context.Context, ranks int, rate string) (*network, error) {
	n := &network{prefix: fmt.Sprintf("daybreak-%d", os.Getpid())}
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

func (n *network) middle() string { return n.prefix + "-switch" }

func (n *network) namespace(rank int) string { return fmt.Sprintf("%s-%d", n.prefix, rank) }

// address is a rank's.
func (n *network) address(rank int) string { return fmt.Sprintf("10.77.0.%d", rank+1) }

// attach makes a rank's namespace and links it to the switch.
func (n *network) attach(ctx context.Context, rank int, rate string) error {
	namespace, port := n.namespace(rank), fmt.Sprintf("port%d", rank)
	if err := n.add(ctx, namespace); err != nil {
		return err
	}
	for _, arguments := range [][]string{
		{"-n", n.middle(), "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", namespace},
		{"-n", n.middle(), "link", "set", port, "master", "bridge", "up"},
		{"-n", namespace, "address", "add", n.address(rank) + "/24", "dev", "eth0"},
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

func (n *network) add(ctx context.Context, namespace string) error {
	if err := n.ip(ctx, "netns", "add", namespace); err != nil {
		return err
	}
	n.made = append(n.made, namespace)
	return nil
}

func (n *network) ip(ctx context.Context, arguments ...string) error {
	return run(ctx, "ip", arguments...)
}

// close removes the namespaces, and with them what is in them.
func (n *network) close() error {
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
