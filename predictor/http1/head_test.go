package http1

import (
	"bufio"
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const asking = "POST /v1/models/recommender:predict HTTP/1.1\r\nHost: shop:8080\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n"

func TestHeadsAreToldApart(t *testing.T) {
	with := func(field string) string { return "POST /a HTTP/1.1\r\nHost: shop\r\n" + field + "\r\n\r\n" }
	for name, test := range map[string]struct {
		received string
		want     verdict
	}{
		"one that asks for a prediction is plain":          {asking, plain},
		"one without a body is plain":                      {"GET /v2/health/ready HTTP/1.1\r\nHost: shop\r\n\r\n", plain},
		"a client may ask for the connection to be closed": {with("connection: Close"), plain},
		"or to be kept":                                        {with("Connection: keep-alive"), plain},
		"HTTP/1.0 is other":                                    {"GET / HTTP/1.0\r\nHost: shop\r\n\r\n", other},
		"the preface of HTTP/2 is other":                       {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", other},
		"HEAD is other":                                        {"HEAD / HTTP/1.1\r\nHost: shop\r\n\r\n", other},
		"a query is other":                                     {"GET /a?b HTTP/1.1\r\nHost: shop\r\n\r\n", other},
		"an escape is other":                                   {"GET /a%2fb HTTP/1.1\r\nHost: shop\r\n\r\n", other},
		"a whole URL is other":                                 {"GET http://shop/ HTTP/1.1\r\nHost: shop\r\n\r\n", other},
		"no Host is other":                                     {"GET / HTTP/1.1\r\n\r\n", other},
		"two Hosts are other":                                  {with("Host: shop"), other},
		"chunks are other":                                     {with("Transfer-Encoding: chunked"), other},
		"Expect is other":                                      {with("Expect: 100-continue"), other},
		"Upgrade is other":                                     {with("Connection: upgrade\r\nUpgrade: h2c"), other},
		"a large body is other":                                {with("Content-Length: 65537"), other},
		"a length that isn't a number is other":                {with("Content-Length: +1"), other},
		"a length without digits is other":                     {with("Content-Length:"), other},
		"a length beyond all numbers is other":                 {with("Content-Length: 99999999999999999999999999"), other},
		"a control character is other":                         {with("A: b\x00c"), other},
		"a space before the colon is other":                    {with("Content-Length : 1"), other},
		"no colon is other":                                    {with("Content-Length"), other},
		"what isn't HTTP is other at its first line's end":     {"\x16\x03\x01\r\n", other},
		"a head too long is other":                             {with("A: " + strings.Repeat("a", maxHead))[:maxHead+1], other},
		"chunks and a length are refused":                      {with("Transfer-Encoding: chunked\r\nContent-Length: 1"), refused},
		"a length and chunks are refused":                      {with("Content-Length: 1\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked"), refused},
		"two lengths are refused":                              {with("Content-Length: 1\r\nContent-Length: 2"), refused},
		"even if they are the same":                            {with("Content-Length: 1\r\nContent-Length: 1"), refused},
		"a line that ends with LF alone is refused":            {"POST /a HTTP/1.1\r\nHost: shop\nContent-Length: 1\r\n\r\n", refused},
		"an empty line that does, too":                         {"POST /a HTTP/1.1\r\nHost: shop\r\n\n", refused},
		"a folded line is refused":                             {with("A: b\r\n c"), refused},
		"a line that begins with a space is refused":           {with(" Content-Length: 1"), refused},
		"a CR within a line is other, as net/http refuses it":  {with("A: b\rContent-Length: 1"), other},
		"a vertical tab in the first line is other":            {"GET\v/ HTTP/1.1\r\nHost: shop\r\n\r\n", other},
		"two spaces in the first line are other":               {"GET  / HTTP/1.1\r\nHost: shop\r\n\r\n", other},
		"a version that only begins well is other":             {"GET / HTTP/1.1 \r\nHost: shop\r\n\r\n", other},
		"a Connection that lists more than one thing is other": {with("Connection: keep-alive, upgrade"), other},
	} {
		t.Run(name, func(t *testing.T) {
			_, found := readHead([]byte(test.received), http.Header{})
			require.Equal(t, test.want, found)
			_, found = readBytes([]byte(test.received))
			require.Equal(t, test.want, found, "byte by byte")
		})
	}
}

func TestAHeadIsIncompleteUntilItsLastByte(t *testing.T) {
	for length := range len(asking) {
		_, found := readHead([]byte(asking[:length]), http.Header{})
		require.Equal(t, incomplete, found, "of %d bytes", length)
	}
	found, verdict := readHead([]byte(asking+"{}"), http.Header{})
	require.Equal(t, plain, verdict)
	require.Equal(t, len(asking), found.size)
	require.Equal(t, 2, found.length)
}

// readBytes reads a head of which one byte comes at a time.
func readBytes(received []byte) (head, verdict) {
	s := scan{head: head{header: http.Header{}}}
	for length := 1; length <= len(received); length++ {
		if found := s.read(received[:length]); found != incomplete {
			return s.head, found
		}
	}
	return s.head, incomplete
}

func TestNothingOfAHeadIsReadTwice(t *testing.T) {
	s := scan{head: head{header: http.Header{}}}
	for length := range len(asking) {
		require.Equal(t, incomplete, s.read([]byte(asking[:length])))
		require.Equal(t, length, s.seen)
		require.Equal(t, strings.LastIndexByte(asking[:length], '\n')+1, s.at, "lines are read as they come")
	}
	require.Equal(t, plain, s.read([]byte(asking)))
	require.Equal(t, len(asking), s.size)
}

// A plain head must mean to net/http what it means here.
func FuzzHead(f *testing.F) {
	for _, seed := range []string{
		asking, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nhost:\t[::1]:8080 \r\nA:\r\nB: \xff\r\na: c\r\nConnection: close\r\n\r\n",
		"POST /../a//b HTTP/1.1\r\nHost: a\r\nContent-Length: 007\r\n\r\n", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, received []byte) {
		found, verdict := readHead(received, http.Header{})
		if len(received) <= maxHead {
			pieces, piecewise := readBytes(received)
			require.Equal(t, verdict, piecewise)
			if verdict == plain {
				require.Equal(t, found, pieces)
			}
		}
		if verdict != plain {
			return
		}
		want, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(received[:found.size])))
		require.NoError(t, err)
		require.Equal(t, want.Method, found.method)
		require.Equal(t, want.URL.Path, found.target)
		require.Empty(t, want.URL.RawPath+want.URL.RawQuery)
		require.Equal(t, want.RequestURI, found.target)
		require.Equal(t, want.Host, found.host)
		require.Equal(t, max(want.ContentLength, 0), int64(found.length))
		require.Equal(t, want.Close, found.close)
		require.Equal(t, fmt.Sprint(want.Header), fmt.Sprint(found.header))
		require.Empty(t, want.TransferEncoding)

		read, again := scan{head: head{header: http.Header{}}}, scan{head: head{header: http.Header{}}}
		read.read(received)
		var known memory
		known.keep(&read)
		if found.size > mostKnown || slices.ContainsFunc(slices.Collect(maps.Values(found.header)), func(values []string) bool { return len(values) > 1 }) {
			return
		}
		require.True(t, known.recall(append(bytes.Clone(received[:found.size]), "\r\n\r\n"...), &again))
		require.Equal(t, found, again.head)
	})
}
