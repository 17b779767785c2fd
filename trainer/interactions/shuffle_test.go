package interactions

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/events"
)

func FuzzBytesOfAnotherRankAreEntriesOrAnError(f *testing.F) {
	var sent bytes.Buffer
	require.NoError(f, writeEntries(&sent, []entry{{3, 1, 0.5}, {3, 2, 1}, {5, 0, 2}}, 3))
	f.Add(sent.Bytes(), 3, 3)
	f.Add(sent.Bytes()[:20], 3, 3)
	f.Add([]byte{255, 255, 255, 255, 255, 255, 255, 127}, 1, 1)
	f.Fuzz(func(t *testing.T, content []byte, users, items int) {
		entries, err := readEntries(bytes.NewReader(content), users, items)
		if err != nil {
			return
		}
		for _, e := range entries {
			require.True(t, e.user >= 0 && int(e.user) < users && e.item >= 0 && int(e.item) < items)
		}
	})
}

func FuzzBytesOfRank0AreASelectionOrAnError(f *testing.F) {
	share := &Share{rows: []Row{{Day: events.NewDay(2024, 1, 1)}, {User: 2, Item: 1}}, users: 3, items: 2}
	source := &Source{Users: 2, Items: 4}
	var sent bytes.Buffer
	chosen := selection{rows: []bool{true, false}, users: []int32{0, -1, 1}, items: []int32{1, 3}}
	require.NoError(f, chosen.write(&sent, 0, 2, source.Users, source.Items))
	read, err := readSelection(bytes.NewReader(sent.Bytes()), share, source)
	require.NoError(f, err)
	require.Equal(f, chosen, read)
	f.Add(sent.Bytes())
	f.Add(sent.Bytes()[:11])
	f.Fuzz(func(_ *testing.T, content []byte) {
		if chosen, err := readSelection(bytes.NewReader(content), share, source); err == nil {
			source.entries(share.rows, chosen)
		}
	})
}

func FuzzBytesOfRank0AreANumberingOrAnError(f *testing.F) {
	var sent bytes.Buffer
	require.NoError(f, numbering{users: []int32{0, 4}, items: []int32{1}, ofUsers: 5, ofItems: 2}.write(&sent))
	f.Add(sent.Bytes())
	f.Add(sent.Bytes()[:30])
	f.Fuzz(func(_ *testing.T, content []byte) {
		n, err := readNumbering(bytes.NewReader(content))
		if err != nil {
			return
		}
		b := &part{users: make([]string, len(n.users)), items: make([]string, len(n.items))}
		for user := range n.users {
			for item := range n.items {
				b.rows = append(b.rows, Row{User: int32(user), Item: int32(item)})
			}
		}
		_ = (&Share{}).keep("reading", b, n)
	})
}

func TestANumberingOfALogThatCannotBeIsRefused(t *testing.T) {
	for message, n := range map[string]numbering{
		"the whole log has -1 shoppers; it must be from 0 to 2147483647":      {ofUsers: -1},
		"the whole log has 4294967296 items; it must be from 0 to 2147483647": {ofItems: 1 << 32},
		"4 comes after -1, of 4": {users: []int32{4}, ofUsers: 4},
	} {
		var sent bytes.Buffer
		require.NoError(t, n.write(&sent))
		_, err := readNumbering(&sent)
		require.EqualError(t, err, "read a numbering: "+message)
	}
}
