package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestGapsAmountToWhatARequestAtARandomTimeWaits(t *testing.T) {
	const ms = time.Millisecond
	for name, test := range map[string]struct {
		gaps []time.Duration
		want hiccup
	}{
		"none":                           {nil, hiccup{}},
		"one that is a hundredth":        {[]time.Duration{10 * ms}, hiccup{Lost: .01, Longest: 10}},
		"one that is two hundredths":     {[]time.Duration{20 * ms}, hiccup{Lost: .02, Longest: 20, P99: 10}},
		"two that are so":                {[]time.Duration{10 * ms, 10 * ms}, hiccup{Lost: .02, Longest: 10, P99: 5}},
		"short ones beside a longer one": {[]time.Duration{2 * ms, 2 * ms, 14 * ms, 2 * ms}, hiccup{Lost: .02, Longest: 14, P99: 4}},
		"only short ones":                {[]time.Duration{ms, ms, ms}, hiccup{Lost: .003, Longest: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			found := summarise(0, test.gaps, time.Second)
			require.InDelta(t, test.want.Lost, found.Lost, 1e-9)
			require.InDelta(t, test.want.Longest, found.Longest, 1e-9)
			require.InDelta(t, test.want.P99, found.P99, 1e-9)
		})
	}
}
