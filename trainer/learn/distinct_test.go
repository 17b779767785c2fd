package learn

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/trainer/interactions"
)

func TestShoppersAndItemsAreCountedOnceEach(t *testing.T) {
	source := rand.New(rand.NewPCG(7, 8))
	log := &interactions.Log{Users: make([]string, 40), Items: make([]string, 30)}
	admit := func(r interactions.Row) bool { return (r.User+r.Item)%7 > 0 }
	had, admitted := map[[2]int32]bool{}, map[[2]int32]bool{}
	for range 900 {
		row := interactions.Row{User: source.Int32N(40), Item: source.Int32N(29)} // nobody has had the last one
		log.Rows = append(log.Rows, row)
		had[[2]int32{row.User, row.Item}] = true
		admitted[[2]int32{row.User, row.Item}] = admit(row)
	}
	items, shoppers := make([]int, 40), make([]int, 30)
	for pair := range had {
		items[pair[0]]++
		if admitted[pair] {
			shoppers[pair[1]]++
		}
	}
	require.Equal(t, items, itemsOf(log))
	require.Equal(t, shoppers, shoppersOf(log, admit))
	require.Zero(t, shoppers[29])
}
