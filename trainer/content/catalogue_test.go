package content_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/trainer/content"
)

var shelf = content.NewCatalogue([]content.Item{
	{Title: "Red retrospot MUG", Category: "kitchen"},
	{Title: "Blue retrospot mug", Category: "kitchen"},
	{Title: "Red paper lantern", Category: "lighting"},
	{Title: "Garden gnome"},
	{},
	{Title: "GARDEN-GNOME"},
	{Title: "Chopping board", Category: "kitchen"},
})

func everything(int32) bool { return true }

func nearest(item, most int, admit func(int32) bool) []int32 {
	var items []int32
	for _, alike := range shelf.NewFinder().Nearest(item, most, admit) {
		items = append(items, alike.Item)
	}
	return items
}

func TestItemsAreAlikeByTheirWords(t *testing.T) {
	for _, c := range []struct {
		name string
		item int
		want []int32
	}{
		{"rare words that are shared count most, then the category", 0, []int32{1, 2, 6}},
		{"case and punctuation don't matter", 3, []int32{5}},
		{"an item of which nothing is said is like none", 4, nil},
	} {
		t.Run(c.name, func(t *testing.T) { require.Equal(t, c.want, nearest(c.item, 10, everything)) })
	}
	same := shelf.NewFinder().Nearest(3, 1, everything)[0]
	require.InDelta(t, 1, same.Cosine, 1e-12)
}

func TestOnlyTheNearestThatAreAdmittedAreFound(t *testing.T) {
	require.Equal(t, []int32{1}, nearest(0, 1, everything))
	require.Equal(t, []int32{2, 6}, nearest(0, 2, func(item int32) bool { return item != 1 }))
}

func TestAFinderRemembersNothing(t *testing.T) {
	finder := shelf.NewFinder()
	first := finder.Nearest(0, 10, everything)
	finder.Nearest(3, 10, everything)
	require.Equal(t, first, finder.Nearest(0, 10, everything))
}
