package interactions

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/events"
)

// aDay is one day's rows of shoppers and items by their places in names.
func aDay(day int, ids ...[2]int32) []Row {
	var rows []Row
	for _, id := range ids {
		rows = append(rows, Row{Day: events.NewDay(2024, 1, day), User: id[0], Item: id[1], Weight: float32(day), Bought: day == 2})
	}
	return rows
}

func TestDaysReadInPartsAreTheSameLog(t *testing.T) {
	users, items := []string{"zoe", "nobody", "ann", "bob"}, []string{"mug", "cup", "jar", "nothing"}
	days := func() [][]Row {
		return [][]Row{aDay(1, [2]int32{0, 0}, [2]int32{2, 1}), aDay(2, [2]int32{2, 0}, [2]int32{0, 1}), nil, aDay(3, [2]int32{3, 2})}
	}
	var sent bytes.Buffer
	require.NoError(t, newPart(days()[2:], users, items).write(&sent))
	last, err := readPart(&sent)
	require.NoError(t, err)
	var want, got Log
	newPart(days(), users, items).fill(&want)
	join([]*part{newPart(days()[:1], users, items), newPart(days()[1:2], users, items), last}).fill(&got)
	require.Equal(t, want, got)
	require.Equal(t, []string{"ann", "bob", "zoe"}, got.Users)
	require.Equal(t, []string{"cup", "jar", "mug"}, got.Items)
	require.Equal(t, [][2]int32{{0, 0}, {2, 2}, {0, 2}, {2, 0}, {1, 1}}, ids(got.Rows))
}

func ids(rows []Row) (ids [][2]int32) {
	for _, row := range rows {
		ids = append(ids, [2]int32{row.User, row.Item})
	}
	return ids
}

func TestOfWhatAShopperDidWithAnItemOnADayTheWeightiestCounts(t *testing.T) {
	day := events.NewDay(2024, 1, 1)
	part := newPart([][]Row{{
		{Day: day, Weight: 0.1}, {Day: day, User: 1, Weight: 0.3}, {Day: day, Weight: 1, Bought: true}, {Day: day, Weight: 0.3},
	}}, []string{"ann", "bob"}, []string{"mug"})
	require.Equal(t, []Row{{Day: day, Weight: 1, Bought: true}, {Day: day, User: 1, Weight: 0.3}}, part.rows)
}

func TestADayOfManyRowsIsOrderedLikeAFew(t *testing.T) {
	source := rand.New(rand.NewPCG(1, 2))
	var users, items []string
	for i := range 3000 {
		users, items = append(users, fmt.Sprintf("user-%d", i)), append(items, fmt.Sprint(i))
	}
	rows := make([]Row, 20_000)
	for i := range rows {
		rows[i] = Row{User: source.Int32N(3000), Item: source.Int32N(3000), Weight: 1}
	}
	part := newPart([][]Row{rows}, users, items)
	require.NoError(t, part.check())
	require.IsIncreasing(t, part.users)
	require.Less(t, len(part.rows), 20_000, "some are of one shopper and item")
}

func FuzzNamesAreOrderedAsTextsAre(f *testing.F) {
	f.Add("user-2 user-10 user-1 user-100000000001 user-100000000000")
	f.Add("a a\x00 a\x00\x00 b")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		var names []string
		for name := range bytes.SplitSeq([]byte(text), []byte(" ")) {
			if !slices.Contains(names, string(name)) {
				names = append(names, string(name))
			}
		}
		used := make([]bool, len(names))
		var want []string
		for i := range names {
			if used[i] = i%5 != 3; used[i] {
				want = append(want, names[i])
			}
		}
		slices.Sort(want)
		sorted, places := ordered(names, used)
		require.Equal(t, want, sorted)
		for i, place := range places {
			if used[i] {
				require.Equal(t, names[i], sorted[place])
			} else {
				require.Equal(t, int32(-1), place)
			}
		}
		half := len(sorted) / 2
		lists := [][]string{sorted[half:], sorted[:half], sorted}
		require.Equal(t, sorted, union(lists))
		for _, list := range lists {
			for i, place := range placesIn(sorted, list) {
				require.Equal(t, list[i], sorted[place])
			}
		}
	})
}

func FuzzBytesOfAnotherRankAreRowsOrAnError(f *testing.F) {
	own := newPart([][]Row{aDay(1, [2]int32{0, 0})}, []string{"ann"}, []string{"mug"})
	var sent bytes.Buffer
	require.NoError(f, own.write(&sent))
	f.Add(sent.Bytes())
	f.Add(sent.Bytes()[:20])
	f.Add([]byte{255, 255, 255, 255, 255, 255, 255, 127})
	f.Fuzz(func(_ *testing.T, content []byte) {
		read, err := readPart(bytes.NewReader(content))
		if err == nil {
			join([]*part{own, read})
		}
	})
}

func TestAPartThatIsNotInOrderIsRefused(t *testing.T) {
	for _, c := range []struct {
		name, message string
		part          part
	}{
		{"names that don't ascend", `name 1 of 2, "ann", comes after "zoe"`, part{users: []string{"zoe", "ann"}, items: []string{"mug"}}},
		{"rows that don't ascend", "row 1 of 2 isn't after", part{
			users: []string{"ann", "zoe"}, items: []string{"mug"}, rows: aDay(1, [2]int32{1, 0}, [2]int32{0, 0}),
		}},
		{"a shopper without a name", "row 0 is of shopper 2", part{users: []string{"ann"}, items: []string{"mug"}, rows: aDay(1, [2]int32{2, 0})}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var sent bytes.Buffer
			require.NoError(t, c.part.write(&sent))
			_, err := readPart(&sent)
			require.ErrorContains(t, err, c.message)
		})
	}
}
