package http1

// A known head is one that was read: where the same bytes come again, which is what clients that ask again and again send, they
// aren't looked at again.
type known struct {
	text   string // to the end of its empty line; no head yet if it is empty
	head   head   // what it says, but for its fields
	fields []field
}

// A field is one of a head.
type field struct{ name, value string }

const (
	// mostKnown is how long a head is at most that is kept, in bytes.
	mostKnown = 1 << 10
	// kept is how many are: the lengths of bodies, which heads say, differ by a few bytes.
	kept = 4
)

// A memory is the heads that were read last.
type memory struct {
	heads [kept]known
	next  int // where another is kept
}

// recall reads a head that is known at the beginning of what was received, as reading it would. It reports false if there is none.
func (m *memory) recall(received []byte, into *scan) bool {
	for i := range m.heads {
		one := &m.heads[i]
		if one.text == "" || len(received) < len(one.text) || string(received[:len(one.text)]) != one.text {
			continue
		}
		header := into.header
		into.head = one.head
		into.header = header
		for _, field := range one.fields {
			into.set(field.name, field.value)
		}
		return true
	}
	return false
}

// keep keeps a plain head that was read, unless it came in pieces, is long, or has a field twice.
func (m *memory) keep(read *scan) {
	if read.text == "" || len(read.text) > mostKnown {
		return
	}
	for _, values := range read.header {
		if len(values) > 1 {
			return
		}
	}
	one := &m.heads[m.next]
	m.next = (m.next + 1) % kept
	one.text, one.head, one.fields = read.text, read.head, one.fields[:0]
	one.head.header = nil // which is the request's
	for name, values := range read.header {
		one.fields = append(one.fields, field{name, values[0]})
	}
}
