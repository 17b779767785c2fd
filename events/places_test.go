package events

import (
	"bytes"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func FuzzEachTextHasOnePlace(f *testing.F) {
	f.Add([]byte("mug cup mug  jar cup"))
	f.Add(bytes.Repeat([]byte("abcdefghijklmnopqrstuvwxyz "), 3))
	f.Fuzz(func(t *testing.T, content []byte) {
		var p places
		for range 2 { // the second time it is cleared
			var values []string
			for text := range bytes.SplitSeq(content, []byte(" ")) {
				place, found := p.find(text, values)
				require.Equal(t, slices.Contains(values, string(text)), found)
				if !found {
					values = append(values, string(text))
				}
				require.Equal(t, string(text), values[place])
			}
			p.clear()
		}
	})
}

func TestPlacesAreKeptWhenThereAreMoreTextsThanSlots(t *testing.T) {
	var p places
	var values []string
	text := func(i int) []byte { return []byte{byte(i), byte(i >> 8), byte(i >> 16)} }
	for i := range 10 * fewestSlots {
		_, found := p.find(text(i), values)
		require.False(t, found)
		values = append(values, string(text(i)))
	}
	for i := range values {
		place, found := p.find(text(i), values)
		require.True(t, found)
		require.Equal(t, int32(i), place)
	}
}
