package admission

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A crowd is requests that come every millisecond, each having waited for as many milliseconds as listed.
type crowd []int

const bound = 5 * time.Millisecond

// meet has requests looked at one after the other, and returns how many had waited too long.
func (c crowd) meet(p *patience, began time.Time) (refused int) {
	for i, wait := range c {
		if p.tooLong(began.Add(time.Duration(i)*time.Millisecond), time.Duration(wait)*time.Millisecond) {
			refused++
		}
	}
	return refused
}

// waiting returns n requests that waited equally long.
func waiting(n, wait int) (c crowd) {
	for range n {
		c = append(c, wait)
	}
	return c
}

func TestRequestsAreRefusedForTheirWaitingOnlyWhereRequestsKeepWaiting(t *testing.T) {
	const window = windowBounds * 5
	for name, test := range map[string]struct {
		bound   time.Duration
		comes   crowd
		refused int
	}{
		"nobody waits":          {bound, waiting(200, 0), 0},
		"a burst is worked off": {bound, append(waiting(window, 100), waiting(200, 0)...), 0},
		"a crowd is refused from its third window on": {bound, waiting(4*window, 100), 2 * window},
		"but for one in fifty":                        {bound, waiting(2*window+100, 100), 98},
		"those who waited long, but not too long":     {bound, waiting(200, 4), 0},
		"when the crowd has gone, a late one is let in": {
			bound, append(append(waiting(4*window, 100), waiting(2*window, 0)...), 100), 2 * window,
		},
		"one of a crowd that waited for less is let in": {bound, append(waiting(3*window, 100), 5), window},
		"without a bound": {0, waiting(200, 100), 0},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPatience(1, test.bound)
			require.Equal(t, test.refused, test.comes.meet(&p, time.Unix(1, 0)))
		})
	}
}

func TestWhoFindsNoPlaceIsOfTheCrowd(t *testing.T) {
	p := newPatience(1, bound)
	began := time.Unix(1, 0)
	for i := range 200 {
		p.count(began.Add(time.Duration(i/2)*time.Millisecond), 0, true)
	}
	now := began.Add(100 * time.Millisecond)
	require.True(t, p.tooLong(now, bound+1))
	require.False(t, p.tooLong(now, bound))
}

func TestWhereRefusingIsInVainAllAreLetInForAWhile(t *testing.T) {
	const window = windowBounds * 5
	p := newPatience(1, bound)
	began := time.Unix(1, 0)
	after := func(windows int) time.Time { return began.Add(time.Duration(windows*window) * time.Millisecond) }
	refused := waiting(vainWindows*window, 100).meet(&p, after(crowdedWindows))
	require.NotZero(t, refused)
	waiting(crowdedWindows*window, 100).meet(&p, after(crowdedWindows+vainWindows))
	rested := crowdedWindows + vainWindows + crowdedWindows
	require.Zero(t, waiting((restWindows-2*crowdedWindows)*window, 100).meet(&p, after(rested)), "while refusing rests")
	require.NotZero(t, waiting(4*crowdedWindows*window, 100).meet(&p, after(rested+restWindows-2*crowdedWindows)), "when it is tried again")
}

func TestACrowdOfWhichSomeAreInTimeIsRefusedForAsLongAsItLasts(t *testing.T) {
	const window = windowBounds * 5
	var comes crowd
	for range 10 * vainWindows * window / 5 {
		comes = append(comes, 100, 100, 100, 4, 4)
	}
	p := newPatience(1, bound)
	comes.meet(&p, time.Unix(1, 0))
	require.True(t, p.refuses())
}

func TestACrowdOfWhichThoseThatAreTakenFirstAreInTimeIsACrowd(t *testing.T) {
	const window = windowBounds * 5
	var comes crowd
	for range window {
		comes = append(comes, 1, 1, 100) // which is what is seen of a crowd of which the newest are taken first
	}
	p := newPatience(1, bound)
	require.Equal(t, 7, comes.meet(&p, time.Unix(1, 0)), "from the third window on")
}

func TestACrowdOutlastsAMachineThatStandsStill(t *testing.T) {
	p := newPatience(1, bound)
	began := time.Unix(1, 0)
	waiting(100, 100).meet(&p, began)
	require.True(t, p.tooLong(began.Add(100*time.Millisecond+2*windowBounds*bound), bound+1))
}

func TestACrowdIsForgottenWhenNobodyComesForAWhile(t *testing.T) {
	p := newPatience(1, bound)
	began := time.Unix(1, 0)
	waiting(100, 100).meet(&p, began)
	require.False(t, p.tooLong(began.Add(time.Second), time.Second))
}

func TestAClockThatIsSetBackForgetsTheCrowd(t *testing.T) {
	p := newPatience(1, bound)
	waiting(100, 100).meet(&p, time.Unix(1000, 0))
	require.Zero(t, waiting(20, 100).meet(&p, time.Unix(1, 0)))
}

func TestWhereTurnsTakeLongTheBoundIsLonger(t *testing.T) {
	for _, test := range []struct {
		turn, bound time.Duration
		waits       int // milliseconds
		refuses     bool
	}{
		{time.Millisecond, bound, 60, true},
		{20 * time.Millisecond, bound, 60, false},
		{20 * time.Millisecond, bound, 100, true},
		{20 * time.Millisecond, 0, 100, false},
	} {
		p := newPatience(1, test.bound)
		for range 100 {
			p.turned(test.turn)
		}
		require.Equal(t, test.refuses, waiting(1000, test.waits).meet(&p, time.Unix(1, 0)) > 0, "%+v", test)
	}
}

func TestAFewWhoWaitForABusyMachineAreNoCrowd(t *testing.T) {
	for places, refuses := range map[int]bool{1: true, 2: false} {
		p := newPatience(places, bound)
		tenAtATime := waiting(1000, 10)
		require.Equal(t, refuses, tenAtATime.meet(&p, time.Unix(1, 0)) > 0, "%d places", places)
	}
}
