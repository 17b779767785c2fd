package ranks

import "fmt"

// roster is who of the ranks is there. It decides and does nothing else: no
// clock, no network.
type roster struct {
	size    int
	agreed  Agreement
	members map[int]member // but for rank 0
	formed  bool           // a session of all of them is under way
}

// member is a rank as it introduced itself.
type member struct {
	rank, size  int
	incarnation string // of the process
	address     string
	agreement   Agreement
}

func newRoster(size int, agreed Agreement) *roster {
	return &roster{size: size, agreed: agreed, members: map[int]member{}}
}

// join lets a rank in. One that comes again takes its own earlier place, which
// ends the session. The error says why it can never take part.
func (r *roster) join(m member) error {
	if m.size != r.size {
		return fmt.Errorf("rank %d was told of %d ranks, rank 0 of %d: give every rank the same WORLD_SIZE", m.rank, m.size, r.size)
	}
	if m.rank < 1 || m.rank >= r.size {
		return fmt.Errorf("a second process says it is rank %d of %d: give every rank a number of its own", m.rank, r.size)
	}
	if err := r.agreed.differs(m.rank, m.agreement); err != nil {
		return err
	}
	r.members[m.rank] = m
	r.formed = false
	return nil
}

// leave takes out a rank whose connection ended, unless a newer process has
// taken its place, and says whether it was there.
func (r *roster) leave(rank int, incarnation string) bool {
	if r.members[rank].incarnation != incarnation {
		return false
	}
	delete(r.members, rank)
	r.formed = false
	return true
}

// breakUp ends the session without anybody having left.
func (r *roster) breakUp() { r.formed = false }

// formation is a session as it begins.
type formation struct {
	addresses    []string // by rank; rank 0's is empty
	instructions string   // that all have
}

// form begins a session if all are there and none is under way.
func (r *roster) form() (f formation, ok bool) {
	if r.formed || len(r.members) < r.size-1 {
		return formation{}, false
	}
	r.formed = true
	f = formation{addresses: make([]string, r.size), instructions: r.agreed.instructions}
	for rank, m := range r.members {
		f.addresses[rank] = m.address
		f.instructions, _ = common(f.instructions, m.agreement.instructions)
	}
	return f, true
}

// missing returns the ranks that aren't there, ascending.
func (r *roster) missing() []int {
	var missing []int
	for rank := 1; rank < r.size; rank++ {
		if _, there := r.members[rank]; !there {
			missing = append(missing, rank)
		}
	}
	return missing
}
