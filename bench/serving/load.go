package main

import (
	"cmp"
	"errors"
	"math/rand/v2"
	"net/http"
	"runtime"
	"runtime/debug"
	"slices"
	"time"
)

// outcome is what a load found.
type outcome struct {
	Seconds   float64
	Sent      int
	Answered  int        // with 200
	Refused   int        // with 429
	Failed    int        // in any other way
	Exchanges []exchange // those answered with 200
}

// An exchange is a request that was answered. Times are counted from the beginning of the load.
type exchange struct{ due, sent, answered time.Duration }

// latency is from when a request was due, sinceSent from when it was sent.
func (e exchange) latency() time.Duration   { return e.answered - e.due }
func (e exchange) sinceSent() time.Duration { return e.answered - e.sent }

// times returns how long exchanges took by a measure, in order of size.
func (o outcome) times(measure func(exchange) time.Duration) []time.Duration {
	all := make([]time.Duration, len(o.Exchanges))
	for i, e := range o.Exchanges {
		all[i] = measure(e)
	}
	slices.Sort(all)
	return all
}

// window is how long a part of a load is whose tail is looked at by itself. A host that takes a core now and then does so in few of
// them, and what it does to those is not the server's.
const window = 250 * time.Millisecond

// tails returns the 99th percentiles of the latencies of those requests that were due in each window of the load, but for the last
// where that isn't whole.
func (o outcome) tails(length time.Duration) (tails []time.Duration) {
	parts := make([][]time.Duration, length/window)
	for _, e := range o.Exchanges {
		if part := int(e.due / window); part < len(parts) {
			parts[part] = append(parts[part], e.latency())
		}
	}
	for _, part := range parts {
		slices.Sort(part)
		tails = append(tails, quantile(part, .99))
	}
	return tails
}

// quantile returns the q-quantile of times in order of size.
func quantile(of []time.Duration, q float64) time.Duration {
	if len(of) == 0 {
		return 0
	}
	return of[int(q*float64(len(of)-1))]
}

// A load sends requests over connections of its own, from one thread that never sleeps, so that what it
// measures is the server's time rather than its own.
type load struct {
	port     int      // of the loopback address
	requests [][]byte // whole, as they go over the wire; one after the other
}

// A schedule says when the n-th request is due, counted from the beginning, and whether there is one. now
// is what the clock says.
type schedule func(n int, now time.Duration) (due time.Duration, more bool)

// closed sends the next request over each of some connections as soon as the last was answered, for so
// long.
func (l load) closed(connections int, length time.Duration) (outcome, error) {
	return l.run(connections, length, func(_ int, now time.Duration) (time.Duration, bool) { return now, now < length })
}

// open sends requests at times that don't depend on the answers: so many a second on average, for so
// long, at random (a Poisson process, the same in every run), over so many connections. Latencies
// count from when a request was due, so that one that had to wait for a connection is not flattered.
func (l load) open(connections int, rate float64, length time.Duration) (outcome, error) {
	random := rand.New(rand.NewPCG(1, 1))
	var due []time.Duration
	for at := 0.0; at < length.Seconds(); at += random.ExpFloat64() / rate {
		due = append(due, time.Duration(at*float64(time.Second)))
	}
	return l.run(connections, length, func(n int, now time.Duration) (time.Duration, bool) {
		if n == len(due) || now > length {
			return 0, false
		}
		return due[n], true
	})
}

// patience is how long a load waits for answers when it has sent everything.
const patience = 5 * time.Second

// atOnce is how many requests are sent before answers are looked at again, which would seem late else.
const atOnce = 8

// run sends requests as they are due, for so long, and counts how they are answered.
func (l load) run(connections int, length time.Duration, due schedule) (found outcome, err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread() // a thread that ended would take the servers with it that it started
	if err := keepThread(0, loadCore); err != nil {
		return found, err
	}
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // which would take time from sending
	w, err := newWires(l.port, connections)
	if err != nil {
		return found, err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	began := time.Now()
	var ended time.Duration // when everything was sent; 0 before
	for {
		now := time.Since(began)
		for range atOnce {
			if ended > 0 || !w.free() {
				break
			}
			at, more := due(found.Sent, now)
			if !more {
				ended = now
			}
			if !more || at > now {
				break
			}
			if err := w.send(l.requests[found.Sent%len(l.requests)], at, now); err != nil {
				return found, err
			}
			found.Sent++
		}
		if ended > 0 && w.quiet() || now > length+patience {
			break
		}
		if err := w.receive(func(status int, due, sent time.Duration) {
			found.count(status, exchange{due, sent, time.Since(began)})
		}); err != nil {
			return found, err
		}
	}
	found.Failed = found.Sent - found.Answered - found.Refused
	found.Seconds = cmp.Or(ended, time.Since(began)).Seconds()
	return found, nil
}

// count counts an answer.
func (o *outcome) count(status int, e exchange) {
	switch status {
	case http.StatusOK:
		o.Answered++
		o.Exchanges = append(o.Exchanges, e)
	case http.StatusTooManyRequests:
		o.Refused++
	}
}
