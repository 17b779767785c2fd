package ranks

import (
	"testing"

	"github.com/stretchr/testify/require"
)

var agreed = Agreement{Settings: "s", Data: "d", instructions: "amd64 fma"}

func candidate(rank int, incarnation string) member {
	return member{rank: rank, size: 3, incarnation: incarnation, address: incarnation + ":1", agreement: agreed}
}

func TestASessionIsFormedOnceAllAreThere(t *testing.T) {
	r := newRoster(3, agreed)
	require.Equal(t, []int{1, 2}, r.missing())
	_, ok := r.form()
	require.False(t, ok)
	require.NoError(t, r.join(candidate(2, "b")))
	require.Equal(t, []int{1}, r.missing())
	require.NoError(t, r.join(candidate(1, "a")))
	formed, ok := r.form()
	require.True(t, ok)
	require.Equal(t, formation{addresses: []string{"", "a:1", "b:1"}, instructions: "amd64 fma"}, formed)
	_, ok = r.form()
	require.False(t, ok, "one at a time")
}

func TestARankThatComesAnewEndsTheSessionAndItsOldSelfCannotTakeItsPlaceAway(t *testing.T) {
	r := newRoster(3, agreed)
	require.NoError(t, r.join(candidate(1, "a")))
	require.NoError(t, r.join(candidate(2, "b")))
	_, ok := r.form()
	require.True(t, ok)
	require.NoError(t, r.join(candidate(1, "a2")))
	require.False(t, r.leave(1, "a"), "word of the old one's end comes late")
	formed, ok := r.form()
	require.True(t, ok)
	require.Equal(t, "a2:1", formed.addresses[1])
	require.True(t, r.leave(1, "a2"))
	_, ok = r.form()
	require.False(t, ok)
}

func TestASessionThatBrokeUpIsFormedAgainByTheSameRanks(t *testing.T) {
	r := newRoster(2, agreed)
	m := candidate(1, "a")
	m.size = 2
	require.NoError(t, r.join(m))
	_, ok := r.form()
	require.True(t, ok)
	r.breakUp()
	_, ok = r.form()
	require.True(t, ok)
}

func TestWhoCanNeverTakePartIsToldWhy(t *testing.T) {
	for _, c := range []struct {
		name, message string
		change        func(*member)
	}{
		{"another number of ranks", "told of 4 ranks, rank 0 of 3", func(m *member) { m.size = 4 }},
		{"rank 0 twice", "a second process says it is rank 0", func(m *member) { m.rank = 0 }},
		{"a rank beyond the last", "it is rank 3 of 3", func(m *member) { m.rank = 3 }},
		{"other settings", "other settings", func(m *member) { m.agreement.Settings = "t" }},
		{"other events", "other events", func(m *member) { m.agreement.Data = "t" }},
		{"another kind of processor", "other instructions than rank 0 (arm64 portable, not amd64 fma)", func(m *member) { m.agreement.instructions = "arm64 portable" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := candidate(1, "a")
			c.change(&m)
			require.ErrorContains(t, newRoster(3, agreed).join(m), c.message)
		})
	}
}

func TestRanksComputeInWhatAllHave(t *testing.T) {
	r := newRoster(3, agreed)
	require.NoError(t, r.join(candidate(1, "a")))
	old := candidate(2, "b")
	old.agreement.instructions = "amd64 portable"
	require.NoError(t, r.join(old))
	formed, ok := r.form()
	require.True(t, ok)
	require.Equal(t, "amd64 portable", formed.instructions)
	require.NoError(t, r.join(candidate(2, "b2")))
	formed, ok = r.form()
	require.True(t, ok)
	require.Equal(t, "amd64 fma", formed.instructions)
}
