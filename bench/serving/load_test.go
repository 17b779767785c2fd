package main

import (
	"bufio"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAnswersAreReadToTheirEnd(t *testing.T) {
	answers := bufio.NewReader(strings.NewReader("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nServer: x\r\n\r\n{}" +
		"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n" + "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"))
	for _, want := range []int{200, 429} {
		status, err := readAnswer(answers)
		require.NoError(t, err)
		require.Equal(t, want, status)
	}
	_, err := readAnswer(answers)
	require.ErrorContains(t, err, "doesn't say how long it is")
}
