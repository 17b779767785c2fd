package http1

// A backlog is connections on which something has happened that nobody has looked at, in the order in which it did.
type backlog[C any] struct {
	ring  []C // its length is a power of two, or 0
	first int // where the oldest lies
	size  int
}

// add adds one that is newer than all there are.
func (b *backlog[C]) add(c C) {
	if b.size == len(b.ring) {
		wider := make([]C, max(64, 2*len(b.ring)))
		copy(wider[copy(wider, b.ring[b.first:]):], b.ring[:b.first])
		b.ring, b.first = wider, 0
	}
	b.ring[(b.first+b.size)&(len(b.ring)-1)] = c
	b.size++
}

// oldest takes the oldest of those there are.
func (b *backlog[C]) oldest() C {
	c := b.take(b.first)
	b.first = (b.first + 1) & (len(b.ring) - 1)
	return c
}

// newest takes the newest of those there are.
func (b *backlog[C]) newest() C { return b.take((b.first + b.size - 1) & (len(b.ring) - 1)) }

func (b *backlog[C]) take(at int) (taken C) {
	var none C
	taken, b.ring[at] = b.ring[at], none
	b.size--
	return taken
}
