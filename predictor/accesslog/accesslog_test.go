package accesslog

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOfEachSecondNoMoreThanSoManyAreWrittenAndTheOthersCounted(t *testing.T) {
	log := New(2)
	type outcome struct {
		skipped  int
		admitted bool
	}
	var outcomes []outcome
	for _, second := range []int64{1, 1, 1, 1, 2, 2, 2} {
		skipped, admitted := log.admit(second)
		outcomes = append(outcomes, outcome{skipped, admitted})
	}
	require.Equal(t, []outcome{{0, true}, {0, true}, {0, false}, {0, false}, {2, true}, {0, true}, {0, false}}, outcomes)
}

func TestNothingIsWrittenUnlessAskedFor(t *testing.T) {
	_, admitted := New(0).admit(1)
	require.False(t, admitted)
}
