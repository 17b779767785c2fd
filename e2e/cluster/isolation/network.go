package isolation

import (
	"fmt"
	"net"

	"github.com/vishvananda/netlink"
)

// Addresses of the cluster. 198.18.0.0/15 is set aside for tests (RFC 2544), so
// that it is no one's home network; and all of it lies in a namespace anyway.
const (
	PodRange       = "198.18.0.0/16"
	ServiceRange   = "198.19.0.0/16"
	NodeAddress    = "198.18.0.1"
	ServiceAddress = "198.19.0.1" // of Service kubernetes: the first of its range
	Bridge         = "daybreak0"
)

// Network brings up the loopback and the bridge that pods are joined to, in the
// network namespace of the calling process.
func Network() error {
	loopback, err := netlink.LinkByName("lo")
	if err != nil {
		return fmt.Errorf("find the loopback: %w", err)
	}
	if err := netlink.LinkSetUp(loopback); err != nil {
		return fmt.Errorf("set the loopback up: %w", err)
	}
	// A bridge without an address of its own takes the lowest of its ports', and so
	// another whenever pods come and go. Pods that know the old one lose packets
	// until they ask again.
	bridge := &netlink.Bridge{LinkAttrs: netlink.LinkAttrs{
		Name: Bridge, HardwareAddr: net.HardwareAddr{0x0a, 0x58, 198, 18, 0, 1}, // locally administered
	}}
	if err := netlink.LinkAdd(bridge); err != nil {
		return fmt.Errorf("add the bridge: %w", err)
	}
	_, pods, err := net.ParseCIDR(PodRange)
	if err != nil {
		return fmt.Errorf("read the pods' range: %w", err)
	}
	address := &netlink.Addr{IPNet: &net.IPNet{IP: net.ParseIP(NodeAddress), Mask: pods.Mask}}
	if err := netlink.AddrAdd(bridge, address); err != nil {
		return fmt.Errorf("give the bridge its address: %w", err)
	}
	if err := netlink.LinkSetUp(bridge); err != nil {
		return fmt.Errorf("set the bridge up: %w", err)
	}
	_, services, err := net.ParseCIDR(ServiceRange)
	if err != nil {
		return fmt.Errorf("read the Services' range: %w", err)
	}
	// There is no default route here, and without any route the kernel refuses a
	// Service's address before kube-proxy's rules could translate it.
	if err := netlink.RouteAdd(&netlink.Route{LinkIndex: bridge.Attrs().Index, Dst: services}); err != nil {
		return fmt.Errorf("route Services' addresses: %w", err)
	}
	return nil
}
