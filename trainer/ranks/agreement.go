package ranks

import "fmt"

// An Agreement is what must be the same on every rank for their sums to make one
// model.
type Agreement struct {
	Settings     string // digest of how the training was called
	Data         string // digest of the events it is to see
	instructions string // that this process can compute in; ranks agree on what all have
}

// differs returns why a rank with the other agreement can't take part, or nil.
func (a Agreement) differs(rank int, other Agreement) error {
	for _, part := range []struct{ name, want, got, advice string }{
		{"settings", a.Settings, other.Settings, "start every rank with the same arguments, settings file and program"},
		{"events", a.Data, other.Data, "mount the same events on every rank, with nothing ingested in between"},
	} {
		if part.want != part.got {
			return fmt.Errorf("rank %d has other %s than rank 0 (%.16s, not %.16s): %s", rank, part.name, part.got, part.want, part.advice)
		}
	}
	if _, ok := common(a.instructions, other.instructions); !ok {
		return fmt.Errorf("rank %d has other instructions than rank 0 (%s, not %s): run the ranks on processors of one architecture", rank, other.instructions, a.instructions)
	}
	return nil
}
