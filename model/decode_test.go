package model

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// These decoders only ever see bytes whose sums are right, but anybody can write a folder whose
// sums are right.

func FuzzDecodeSums(f *testing.F) {
	line := strings.Repeat("0f", 32) + "  config.json\n"
	f.Add([]byte(line))
	f.Add([]byte(line + line))
	f.Add([]byte(strings.ToUpper(line)))
	f.Add([]byte(strings.ReplaceAll(line, "config", "../../etc/config")))
	f.Fuzz(func(t *testing.T, file []byte) {
		listed, err := decodeSums(file)
		if err != nil {
			return
		}
		again, err := decodeSums(listed.encode())
		require.NoError(t, err)
		require.Equal(t, listed, again)
	})
}

func FuzzDecodeGolden(f *testing.F) {
	written, err := encodeGolden([]GoldenCase{{
		Request: Request{User: "17850", K: 1, History: []Interaction{{Item: "85123A", Type: "cart"}}},
		Answer:  Answer{Items: []Scored{{ID: "85123A", Score: 0.5}}, Strategy: Blend},
	}})
	require.NoError(f, err)
	f.Add(written)
	f.Add([]byte(`{"cases":[{"answer":{"items":[{"item_id":"?"}]}}]}`))
	f.Fuzz(func(t *testing.T, file []byte) {
		cases, err := decodeGolden(file, func(id string) (int, bool) { return 7, id == "85123A" })
		if err != nil {
			return
		}
		for _, c := range cases {
			for _, scored := range c.Answer.Items {
				require.Equal(t, 7, scored.Item)
			}
		}
	})
}

func FuzzDecodeRows(f *testing.F) {
	users, err := encodeRows([]userRow{{ID: "17850"}, {ID: "17851"}})
	require.NoError(f, err)
	f.Add(users, 2)
	f.Add(users[:len(users)-1], 2)
	f.Add(users, 3)
	f.Add([]byte("PAR1"), 0)
	f.Fuzz(func(t *testing.T, file []byte, n int) {
		rows, err := decodeRows[userRow](file, n&0xff)
		if err == nil {
			require.Len(t, rows, n&0xff)
		}
	})
}
