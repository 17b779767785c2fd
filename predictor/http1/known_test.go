package http1

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// scanned is a head that was read whole.
func scanned(t *testing.T, received string) scan {
	t.Helper()
	s := scan{head: head{header: http.Header{}}}
	require.Equal(t, plain, s.read([]byte(received)))
	return s
}

func TestAHeadThatIsKnownIsReadAsItWasWhateverWasDoneToIt(t *testing.T) {
	first, second := asking, strings.Replace(asking, "Host: ", "A: b\r\nHost: ", 1)
	var m memory
	for _, text := range []string{first, second} {
		read := scanned(t, text)
		m.keep(&read)
		read.header.Set("A", "changed")
		read.header["A"][0] = "changed"
		read.header.Add("B", "added")
	}
	for _, text := range []string{first, second, first} {
		again := scan{head: head{header: http.Header{}}}
		require.True(t, m.recall([]byte(text+"GET"), &again))
		want := scanned(t, text)
		require.Equal(t, want.head, again.head)
	}
}

func TestAnotherHeadIsNotKnown(t *testing.T) {
	read := scanned(t, asking)
	var m memory
	m.keep(&read)
	end := read.size
	for _, other := range []string{"", asking[:end-1], "G" + asking[1:end], strings.Replace(asking[:end], "\r\n\r\n", "\r\nA: b\r\n\r\n", 1)} {
		require.False(t, m.recall([]byte(other), &scan{head: head{header: http.Header{}}}), other)
	}
	for range kept { // as many others push it out
		other := scanned(t, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
		m.keep(&other)
	}
	require.False(t, m.recall([]byte(asking), &scan{head: head{header: http.Header{}}}))
	for _, unfit := range []string{"GET / HTTP/1.1\r\nHost: a\r\nA: b\r\nA: c\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nA: " + strings.Repeat("b", mostKnown) + "\r\n\r\n"} {
		other := scanned(t, unfit)
		m.keep(&other)
		require.False(t, m.recall([]byte(unfit), &scan{head: head{header: http.Header{}}}))
	}
}
