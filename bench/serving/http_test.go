package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAnswersAreReadToTheirEnd(t *testing.T) {
	for answer, want := range map[string]int{
		"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nServer: x\r\n\r\n{}": 200,
		"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n": 429,
	} {
		for length := range len(answer) {
			_, whole, err := readAnswer([]byte(answer[:length]))
			require.NoError(t, err)
			require.False(t, whole, "%q", answer[:length])
		}
		status, whole, err := readAnswer([]byte(answer))
		require.NoError(t, err)
		require.True(t, whole)
		require.Equal(t, want, status)
	}
	_, _, err := readAnswer([]byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"))
	require.ErrorContains(t, err, "doesn't say how long it is")
}
