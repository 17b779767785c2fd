package nights

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/events"
)

// ran gives a night that was run.
func ran(day int, verdict, version, serves string) Outcome {
	outcome := Outcome{Result: Result{Date: events.NewDay(2011, time.November, day), Check: Check{Verdict: "pass"}, Version: version, ServingVersion: serves}}
	if verdict == Hold {
		outcome.Check = Check{Verdict: Hold, Reasons: []string{"does not look like this shop"}}
	} else {
		outcome.Gate = &Gate{Verdict: verdict, Reason: "because"}
	}
	return outcome
}

func TestJudge(t *testing.T) {
	for _, c := range []struct {
		name     string
		sabotage Sabotage
		nights   []Outcome
		problem  string
	}{
		{"no nights are none to judge", NoSabotage, nil, ""},
		{"all are promoted", NoSabotage, []Outcome{ran(1, Promote, "1", "1"), ran(2, Promote, "2", "2")}, ""},
		{"a genuine model may be rejected", NoSabotage, []Outcome{ran(1, Promote, "1", "1"), ran(2, Reject, "2", "1")}, ""},
		{"the first model must serve", NoSabotage, []Outcome{ran(1, Reject, "1", "")},
			"the night of 2011-11-01 made the first model, and it does not serve: reject [because]"},
		{"a shuffled day is held, and the next night recovers", SabotageDay,
			[]Outcome{ran(1, Promote, "1", "1"), ran(2, Hold, "", "1"), ran(3, Promote, "2", "2")}, ""},
		{"a shuffled day that passes", SabotageDay,
			[]Outcome{ran(1, Promote, "1", "1"), ran(2, Promote, "2", "2"), ran(3, Promote, "3", "3")},
			`the night of 2011-11-02 was sabotaged (day), and its verdict is "promote" instead of "hold"`},
		{"a poisoned model is rejected, and the next night recovers", SabotageModel,
			[]Outcome{ran(1, Promote, "1", "1"), ran(2, Reject, "2", "1"), ran(3, Promote, "3", "3")}, ""},
		{"a poisoned model that is promoted", SabotageModel,
			[]Outcome{ran(1, Promote, "1", "1"), ran(2, Promote, "2", "2"), ran(3, Promote, "3", "3")},
			`the night of 2011-11-02 was sabotaged (model), and its verdict is "promote" instead of "reject"`},
		{"a poisoned model that serves all the same", SabotageModel,
			[]Outcome{ran(1, Promote, "1", "1"), ran(2, Reject, "2", "2"), ran(3, Promote, "3", "3")},
			"the night of 2011-11-02 was sabotaged (model), and version 2 serves instead of 1"},
		{"a night after it that does not recover", SabotageModel,
			[]Outcome{ran(1, Promote, "1", "1"), ran(2, Reject, "2", "1"), ran(3, Reject, "3", "1")},
			"the night of 2011-11-03 follows the sabotaged one and does not recover: reject [because]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.sabotage.judge(c.nights)
			if c.problem == "" {
				require.NoError(t, err)
			} else {
				require.EqualError(t, err, c.problem)
			}
		})
	}
}

func TestTheNightInTheMiddleIsSabotaged(t *testing.T) {
	for nights, middle := range map[int]int{3: 1, 4: 1, 5: 2, 6: 2, 7: 3} {
		require.Equal(t, middle, SabotageDay.night(nights), nights)
		require.Equal(t, middle, SabotageModel.night(nights), nights)
		require.Equal(t, -1, NoSabotage.night(nights), nights)
	}
}

func TestOnlyASabotagedDayIsHeldAndReleased(t *testing.T) {
	nights := []Outcome{ran(1, Promote, "1", "1"), ran(2, Hold, "", "1"), ran(3, Promote, "2", "2")}
	day, ok := SabotageDay.heldDay(nights)
	require.True(t, ok)
	require.Equal(t, "2011-11-02", day.String())
	_, ok = SabotageModel.heldDay(nights)
	require.False(t, ok)
}

func TestPoisonedSettingsAreOfAForgetfulModel(t *testing.T) {
	path, err := poisoned(t.TempDir())
	require.NoError(t, err)
	settings, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Contains(t, string(settings), "history_half_life_days: 0.02\n")
	require.Contains(t, string(settings), "popularity_half_life_days: 0.02\n")
}
