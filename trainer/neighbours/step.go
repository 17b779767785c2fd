package neighbours

import (
	"log/slog"
	"time"

	"github.com/daybreak-ml/daybreak/trainer/ranks"
)

// steps tells, to who debugs, what each step of a task took on this rank.
type steps struct {
	session *ranks.Session
	begin   time.Time
	before  ranks.Traffic
}

func newSteps(s *ranks.Session) *steps {
	return &steps{session: s, begin: time.Now(), before: s.Traffic()}
}

// done tells of the step that ends now.
func (s *steps) done(name string) {
	now, traffic := time.Now(), s.session.Traffic()
	slog.Debug("neighbours", "rank", s.session.Rank(), "step", name, "seconds", now.Sub(s.begin).Seconds(),
		"wire_seconds", (traffic.Waited - s.before.Waited).Seconds(), "received_bytes", traffic.Received-s.before.Received)
	s.begin, s.before = now, traffic
}
