package main

import (
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestALoadCountsEveryRequestOnce(t *testing.T) {
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		switch asked.Add(1) % 4 {
		case 0:
			w.WriteHeader(http.StatusTooManyRequests)
		case 1:
			panic(http.ErrAbortHandler)
		}
	}))
	defer server.Close()
	l := load{port: server.Listener.Addr().(*net.TCPAddr).Port, requests: [][]byte{post("/a", []byte("{}"))}}
	for name, run := range map[string]func() (outcome, error){
		"closed": func() (outcome, error) { return l.closed(3, 100*time.Millisecond) },
		"open":   func() (outcome, error) { return l.open(3, 500, 200*time.Millisecond) },
	} {
		t.Run(name, func(t *testing.T) {
			asked.Store(0)
			found, err := run()
			require.NoError(t, err)
			require.Equal(t, int(asked.Load()), found.Sent)
			require.Equal(t, found.Sent/4, found.Refused)
			require.Equal(t, (found.Sent+3)/4, found.Failed)
			require.Equal(t, found.Sent, found.Answered+found.Refused+found.Failed)
			require.Len(t, found.Exchanges, found.Answered)
		})
	}
}

func TestEachQuarterOfASecondHasATailOfItsOwn(t *testing.T) {
	const ms = time.Millisecond
	var o outcome
	for due := range 1000 {
		took := ms
		if due/250 == 2 && due%250 < 5 { // two in a hundred
			took = 7 * ms
		}
		due := time.Duration(due) * ms
		o.Exchanges = append(o.Exchanges, exchange{due: due, answered: due + took})
	}
	require.Equal(t, []time.Duration{ms, ms, 7 * ms}, o.tails(990*ms), "the last isn't whole")
	require.Equal(t, []time.Duration{0}, outcome{}.tails(300*ms), "nothing was answered")
}
