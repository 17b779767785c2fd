package ranks

import (
	"fmt"
	"net"
	"strconv"
)

// Launch is a process's place among the ranks of a training.
type Launch struct {
	Rank, Size int
	Host       string // of rank 0
	Port       string // where rank 0 listens
}

// FromEnvironment reads the variables that PyTorchJob and TrainJob set:
// PET_NODE_RANK, PET_NNODES, PET_MASTER_ADDR and PET_MASTER_PORT, and where one
// is missing RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT. Where neither says
// that there are more, the process is alone.
func FromEnvironment(lookup func(string) string) (Launch, error) {
	either := func(first, second string) (name, value string) {
		if value := lookup(first); value != "" {
			return first, value
		}
		return second, lookup(second)
	}
	name, value := either("PET_NNODES", "WORLD_SIZE")
	if value == "" {
		return Launch{Size: 1}, nil
	}
	size, err := strconv.Atoi(value)
	if err != nil || size < 1 {
		return Launch{}, fmt.Errorf("%s is %q; it must be the number of ranks, as 3 (an elastic job's range is not supported)", name, value)
	}
	if size == 1 {
		return Launch{Size: 1}, nil
	}
	name, value = either("PET_NODE_RANK", "RANK")
	rank, err := strconv.Atoi(value)
	if err != nil || rank < 0 || rank >= size {
		return Launch{}, fmt.Errorf("%s is %q; with %d ranks it must be from 0 to %d", name, value, size, size-1)
	}
	l := Launch{Rank: rank, Size: size}
	if name, l.Host = either("PET_MASTER_ADDR", "MASTER_ADDR"); l.Host == "" {
		return Launch{}, fmt.Errorf("%s is not set; it must be the address of rank 0", name)
	}
	name, l.Port = either("PET_MASTER_PORT", "MASTER_PORT")
	if port, err := strconv.Atoi(l.Port); err != nil || port < 1 || port > 65535 {
		return Launch{}, fmt.Errorf("%s is %q; it must be the port where rank 0 listens", name, l.Port)
	}
	return l, nil
}

// Leads says whether this is rank 0, which writes the model.
func (l Launch) Leads() bool { return l.Rank == 0 }

// Address is where rank 0 is reached.
func (l Launch) Address() string { return net.JoinHostPort(l.Host, l.Port) }

// listen opens where this rank answers the others: rank 0 on the port that all
// know, the others on any. Where the address of rank 0 is a number rather than a
// name it listens there alone; a name may stand for another interface in another
// pod.
func (l Launch) listen() (net.Listener, error) {
	if l.Leads() {
		host := ""
		if net.ParseIP(l.Host) != nil {
			host = l.Host
		}
		return net.Listen("tcp", net.JoinHostPort(host, l.Port))
	}
	host, err := l.hostTowardsLeader()
	if err != nil {
		return nil, err
	}
	return net.Listen("tcp", net.JoinHostPort(host, "0"))
}

// hostTowardsLeader returns this machine's own address on the way to rank 0,
// where the other ranks reach it too. Nothing is sent.
func (l Launch) hostTowardsLeader() (string, error) {
	connection, err := net.Dial("udp", l.Address())
	if err != nil {
		return "", err
	}
	host, _, err := net.SplitHostPort(connection.LocalAddr().String())
	if closeErr := connection.Close(); err == nil {
		err = closeErr
	}
	return host, err
}
