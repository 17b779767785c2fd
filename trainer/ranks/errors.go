package ranks

import (
	"errors"
	"fmt"
)

// ErrUnreached says that ranks that should be there don't answer. Starting the
// process again may help.
var ErrUnreached = errors.New("ranks are out of reach")

// ErrAgain says that what has been computed can't be gone on with. Starting rank 0
// again lets the ranks begin anew.
var ErrAgain = errors.New("the training must begin again")

// ErrDismissed says that rank 0 gave the training up for a reason that starting
// again doesn't remove.
var ErrDismissed = errors.New("rank 0 gave up")

// lostError says that a session can't be gone on with, though the next one may.
type lostError struct{ reason string }

func (e *lostError) Error() string { return "session lost: " + e.reason }

func lostf(format string, args ...any) error {
	return &lostError{reason: fmt.Sprintf(format, args...)}
}

// lost says whether an error is one of the session's rather than of the work, and
// which.
func lost(err error) (reason string, ok bool) {
	var lost *lostError
	if !errors.As(err, &lost) {
		return "", false
	}
	return lost.reason, true
}
