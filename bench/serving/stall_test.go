package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWhatALoadThatWasHeldUpSawIsLeftOut(t *testing.T) {
	const ms = time.Millisecond
	exchanges := []exchange{
		{due: 2 * ms, answered: 3 * ms},
		{due: 0, answered: 1 * ms},
		{due: 9 * ms, answered: 16 * ms},  // its answer was seen late
		{due: 12 * ms, answered: 17 * ms}, // was sent late
		{due: 16 * ms, answered: 18 * ms}, // waited behind what was sent late
		{due: 18 * ms, answered: 22 * ms},
		{due: 30 * ms, answered: 35 * ms}, // until the next stall
		{due: 40 * ms, answered: 42 * ms},
	}
	stalls := []span{{10 * ms, 15 * ms}, {35 * ms, 36 * ms}}
	require.Equal(t, []time.Duration{ms, ms, 2 * ms, 4 * ms}, undisturbed(exchanges, stalls))
	require.Len(t, undisturbed(exchanges, nil), len(exchanges))
}
