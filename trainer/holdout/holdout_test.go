package holdout_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/trainer/holdout"
)

func TestAGroupHoldsItsShareAndAnotherSaltChoosesOthers(t *testing.T) {
	group, other := holdout.Group{Salt: "a", Share: 0.2}, holdout.Group{Salt: "b", Share: 0.2}
	members, both := 0, 0
	for i := range 20_000 {
		user := fmt.Sprint(i)
		if group.Contains(user) {
			members++
			require.True(t, group.Contains(user), "the same shopper is chosen every time")
			if other.Contains(user) {
				both++
			}
		}
	}
	require.InDelta(t, 4000, members, 250)
	require.InDelta(t, 800, both, 150)
}

func TestWithoutASaltNobodyIsInTheGroup(t *testing.T) {
	require.False(t, holdout.Group{Share: 1}.Contains("17850"))
}
