package load_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/demo/load"
)

func TestAnAccountHasEveryRequestOnce(t *testing.T) {
	var account load.Account
	require.Equal(t, load.Summary{Failures: []load.Failure{}, Versions: []load.Version{}}, account.Summary())

	for i := range 100 { // 1 to 100 ms
		version := "1"
		if i >= 60 {
			version = "2"
		}
		account.Add(load.Answer{Version: version, Took: time.Duration(i+1) * time.Millisecond})
	}
	account.Add(load.Answer{Err: errors.New("status 503: not ready")})
	account.Add(load.Answer{Err: errors.New("no answer")})
	account.Add(load.Answer{Err: errors.New("no answer")})

	require.Equal(t, load.Summary{
		Requests: 103,
		Failed:   3,
		Failures: []load.Failure{{Reason: "no answer", Count: 2}, {Reason: "status 503: not ready", Count: 1}},
		Versions: []load.Version{{Version: "1", Answers: 60}, {Version: "2", Answers: 40}},
		Median:   50, Tail: 99, Slowest: 100,
	}, account.Summary())
}

func TestAnAccountOfManyKindsOfFailureStaysSmallAndComplete(t *testing.T) {
	var account load.Account
	for i := range 1000 {
		account.Add(load.Answer{Err: fmt.Errorf("reason %d", i)})
	}
	summary := account.Summary()
	require.Equal(t, 1000, summary.Requests)
	require.Equal(t, 1000, summary.Failed)
	require.Len(t, summary.Failures, 21)
	require.Equal(t, load.Failure{Reason: "other reasons", Count: 980}, summary.Failures[0])
}

func TestAnAccountIsSafeForConcurrentUse(t *testing.T) {
	var account load.Account
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range 200 {
				answer := load.Answer{Version: fmt.Sprint(i % 3), Took: time.Millisecond}
				if i%50 == 0 {
					answer = load.Answer{Err: errors.New("no answer")}
				}
				account.Add(answer)
				_ = account.Summary()
			}
		})
	}
	all.Wait()
	summary := account.Summary()
	require.Equal(t, 1600, summary.Requests)
	require.Equal(t, 32, summary.Failed)
	answered := 0
	for _, version := range summary.Versions {
		answered += version.Answers
	}
	require.Equal(t, 1600-32, answered)
}
