package events

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// The kinds of errors a caller may want to tell apart with [errors.Is]. The errors themselves are
// [*NotIngestedError], [*CorruptError] and [*NoEventsError], which say more.
var (
	// ErrNotIngested: the store holds no partition of that day.
	ErrNotIngested = errors.New("day is not ingested")
	// ErrCorrupt: a stored file isn't what its manifest says.
	ErrCorrupt = errors.New("stored file is damaged")
	// ErrNoEvents: the source has no rows of that day.
	ErrNoEvents = errors.New("source has no events of that day")
	// ErrNotHeld: a day that isn't held can't be released.
	ErrNotHeld = errors.New("day is not held")
)

// NotIngestedError says which day the store lacks. It is an [ErrNotIngested].
type NotIngestedError struct {
	Day     Day
	Root    string
	Nearest []Day // ingested days near Day, ascending
}

func (e *NotIngestedError) Error() string {
	return fmt.Sprintf("%s is not ingested in %s; %s", e.Day, e.Root, nearestInWords(e.Nearest, "no day is"))
}

// Is makes the error an [ErrNotIngested].
func (e *NotIngestedError) Is(target error) bool { return target == ErrNotIngested }

// NoEventsError says which day a source lacks. It is an [ErrNoEvents].
type NoEventsError struct {
	Day     Day
	Source  string
	Nearest []Day // days the source has near Day, ascending
}

func (e *NoEventsError) Error() string {
	return fmt.Sprintf("%s has no events of %s; %s", e.Source, e.Day, nearestInWords(e.Nearest, "it has no day at all"))
}

// Is makes the error an [ErrNoEvents].
func (e *NoEventsError) Is(target error) bool { return target == ErrNoEvents }

// CorruptError names a stored file that isn't what it should be. It is an [ErrCorrupt]; ingesting
// the day again writes the file anew.
type CorruptError struct {
	Path   string
	Reason string
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("%s is damaged: %s; ingest the day again to replace it", e.Path, e.Reason)
}

// Is makes the error an [ErrCorrupt].
func (e *CorruptError) Is(target error) bool { return target == ErrCorrupt }

// CountError says that the rows of a day don't add up: some disappeared, or count twice.
type CountError struct {
	Day                                Day
	Read, Kept, Duplicates, Quarantine int
}

func (e *CountError) Error() string {
	return fmt.Sprintf("%s: %d rows read, but %d kept + %d duplicates + %d quarantined = %d",
		e.Day, e.Read, e.Kept, e.Duplicates, e.Quarantine, e.Kept+e.Duplicates+e.Quarantine)
}

// NearestDays returns up to four of days around day, ascending: what a message offers to someone
// who asked for a day that isn't there. days is ascending.
func NearestDays(days []Day, day Day) []Day {
	at, _ := slices.BinarySearchFunc(days, day, Day.Compare)
	return days[max(0, at-2):min(len(days), at+2)]
}

func nearestInWords(nearest []Day, none string) string {
	if len(nearest) == 0 {
		return none
	}
	names := make([]string, len(nearest))
	for i, day := range nearest {
		names[i] = day.String()
	}
	return "the nearest days are " + strings.Join(names, ", ")
}
