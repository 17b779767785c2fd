package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestTheBestRoundCountsAndTheMiddleOneIsShown(t *testing.T) {
	rounds := func(perCPU, calls, p99 float64) round {
		return round{PerCPU: perCPU, Calls: calls, Half: latency{P99: p99}, Awake: latency{P99: 10 - p99}}
	}
	m := measured{Rounds: []round{rounds(10, 7, 5), rounds(30, 9, 1), rounds(20, 8, 3)}}
	most, fewest := m.perCPU()
	assert.Equal(t, []float64{30, 10, 9}, []float64{most, fewest, m.calls()})
	best, middle := m.byTail(asleep)
	assert.Equal(t, []float64{1, 3}, []float64{best.Half.P99, middle.Half.P99})
	best, middle = m.byTail(awake)
	assert.Equal(t, []float64{5, 7}, []float64{best.Awake.P99, middle.Awake.P99})
}

func TestTheQuarterSecondInTheMiddleIsShown(t *testing.T) {
	m := measured{Rounds: []round{{Awake: latency{Tails: []float64{9, 1}}}, {Awake: latency{Tails: []float64{2, 8, 3}}}}}
	assert.InDelta(t, 3, m.usualTail(awake), 0)
	assert.Zero(t, m.usualTail(asleep), "there are none")
}

func TestServersAreChosenByHowTheirNamesBegin(t *testing.T) {
	all := &benchmark{}
	assert.True(t, all.wants(server{Name: "MLServer"}))
	two := &benchmark{Server: []string{"Daybreak", "a loop"}}
	assert.True(t, two.wants(server{Name: "a loop that takes as long"}))
	assert.False(t, two.wants(server{Name: "MLServer"}))
}
