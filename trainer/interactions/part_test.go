package interactions

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/events"
)

func TestDaysReadInPartsAreTheSameLog(t *testing.T) {
	whole, first, second := newBuilder(), newBuilder(), newBuilder()
	fill := func(b *builder, day int, user, item string) {
		b.rows = append(b.rows, Row{
			Day: events.NewDay(2024, 1, day), User: number(b.users, &b.userNames, user), Item: number(b.items, &b.itemNames, item), Weight: float32(day), Bought: day == 2,
		})
	}
	for _, row := range []struct {
		day        int
		user, item string
	}{{1, "zoe", "mug"}, {1, "ann", "cup"}, {2, "ann", "mug"}, {3, "bob", "jar"}} {
		fill(whole, row.day, row.user, row.item)
		if row.day < 2 {
			fill(first, row.day, row.user, row.item)
		} else {
			fill(second, row.day, row.user, row.item)
		}
	}
	var sent bytes.Buffer
	require.NoError(t, second.write(&sent))
	later, err := readBuilder(&sent)
	require.NoError(t, err)
	first.add(later)
	var want, got Log
	whole.finish(&want)
	first.finish(&got)
	require.Equal(t, want, got)
}

func FuzzBytesOfAnotherRankAreRowsOrAnError(f *testing.F) {
	b := newBuilder()
	b.rows = []Row{{Day: events.NewDay(2024, 1, 1), User: number(b.users, &b.userNames, "ann"), Item: number(b.items, &b.itemNames, "mug"), Weight: 1}}
	var sent bytes.Buffer
	require.NoError(f, b.write(&sent))
	f.Add(sent.Bytes())
	f.Add(sent.Bytes()[:20])
	f.Add([]byte{255, 255, 255, 255, 255, 255, 255, 127})
	f.Fuzz(func(_ *testing.T, content []byte) {
		read, err := readBuilder(bytes.NewReader(content))
		if err == nil {
			newBuilder().add(read)
		}
	})
}
