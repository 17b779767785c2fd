package model

import (
	"encoding/json"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/model/safetensors"
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

func FuzzDecodeUsers(f *testing.F) {
	ids := []string{"17850", "17851", "17852"}
	index, err := encodeIndex(newIDTable(len(ids), func(i int) string { return ids[i] }).tensors(""))
	require.NoError(f, err)
	f.Add(index, 3)
	f.Add(index[:len(index)-1], 3)
	f.Add(index, 4)
	f.Fuzz(func(t *testing.T, file []byte, n int) {
		table, err := decodeUsers(align(file), n&0xff)
		if err != nil {
			return
		}
		require.Equal(t, n&0xff, table.len())
		for row := range table.len() {
			found, known := table.find(table.id(row))
			require.True(t, known)
			require.Equal(t, row, found)
		}
	})
}

func FuzzDecodeItems(f *testing.F) {
	table := newItemTable([]ItemInfo{{ID: "22423", Category: "kitchen", InStock: true}, {ID: "85123A"}})
	index, err := encodeIndex(table.tensors())
	require.NoError(f, err)
	f.Add(index, 2)
	f.Add(index[:len(index)-1], 2)
	f.Add(index, 1)
	f.Fuzz(func(t *testing.T, file []byte, n int) {
		table, err := decodeItems(align(file), n&0xff, func() ([]ItemInfo, error) { return nil, errBigEndian })
		if err != nil {
			return
		}
		for row := range n & 0xff {
			require.Equal(t, table.ids.id(row), table.info(row).ID)
		}
		rows := 0
		for _, group := range table.byCategory() {
			rows += len(group)
		}
		require.Equal(t, n&0xff, rows)
	})
}

func FuzzDecodeChunkSums(f *testing.F) {
	sum := strings.Repeat("0f", 32)
	f.Add([]byte(`{"chunk_bytes":8,"files":{"a":{"sha256":"`+sum+`","chunks":["`+sum+`","`+sum+`"]}}}`), 16)
	f.Add([]byte(`{"chunk_bytes":-1}`), 16)
	f.Fuzz(func(t *testing.T, file []byte, size int) {
		chunks, err := decodeChunkSums(file, sums{"a": sum})
		if err != nil {
			return
		}
		content := make([]byte, size&0xfff)
		parts, err := chunks.parts(map[string]*mapping{"a": {data: content}}, sums{"a": sum})
		if err != nil {
			return
		}
		covered := 0
		for _, part := range parts {
			covered += len(part.content)
		}
		require.Equal(t, len(content), covered, "no byte may be left out")
	})
}

func FuzzConfig(f *testing.F) {
	f.Add([]byte(`{"format_version":1,"model_name":"recommender","as_of":"2011-11-07","time_zone":"Europe/London","rank":64,"counts":{"items":-1}}`))
	f.Fuzz(func(t *testing.T, file []byte) {
		var c Config
		if json.Unmarshal(file, &c) != nil || c.validate() != nil {
			return
		}
		require.Positive(t, c.Rank)
		require.GreaterOrEqual(t, c.Counts.Items, 0)
	})
}

// align returns a copy of file whose tensors lie as they would in a mapped one.
func align(file []byte) []byte {
	memory := make([]int64, len(file)/8+16)
	bytes := asBytes(memory)
	for n := range 8 {
		if aligned := bytes[8*n:]; uintptr(unsafe.Pointer(&aligned[0]))%safetensors.Alignment == 0 {
			return append(aligned[:0:len(file)], file...)
		}
	}
	return file
}
