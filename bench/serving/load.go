package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// longest is how long a connection is used at most.
const longest = 5 * time.Minute

// outcome is what a load found.
type outcome struct {
	Seconds   float64
	Answered  int             // with 200
	Refused   int             // with 429
	Failed    int             // in any other way
	Latencies []time.Duration // of those answered, in order of size
}

// quantile returns the q-quantile of the latencies.
func (o outcome) quantile(q float64) time.Duration {
	if len(o.Latencies) == 0 {
		return 0
	}
	return o.Latencies[int(q*float64(len(o.Latencies)-1))]
}

// A load sends requests over connections of its own.
type load struct {
	address     string
	requests    [][]byte // whole, as they go over the wire; one after the other
	connections int
}

// closed sends the next request over a connection as soon as the last was answered, for so long.
func (l load) closed(length time.Duration) (outcome, error) {
	end := time.Now().Add(length)
	return l.run(func(int) (time.Time, bool) {
		now := time.Now()
		return now, now.Before(end)
	})
}

// open sends requests at times that don't depend on the answers: so many a second on average, for so
// long, at random (a Poisson process, the same in every run). Latencies count from when a request was
// due, so that one that had to wait for a connection is not flattered.
func (l load) open(rate float64, length time.Duration) (outcome, error) {
	return l.run(schedule(rate, length))
}

// crowd is open with more than a server can answer, and perhaps more than the load's core can send:
// latencies count from when a request was sent.
func (l load) crowd(rate float64, length time.Duration) (outcome, error) {
	end := time.Now().Add(length)
	due := schedule(rate, length)
	return l.run(func(n int) (time.Time, bool) {
		_, more := due(n)
		now := time.Now()
		return now, more && now.Before(end)
	})
}

// schedule returns when requests are due, waiting until then.
func schedule(rate float64, length time.Duration) func(n int) (at time.Time, more bool) {
	random := rand.New(rand.NewPCG(1, 1))
	var due []time.Duration
	for at := 0.0; at < length.Seconds(); at += random.ExpFloat64() / rate {
		due = append(due, time.Duration(at*float64(time.Second)))
	}
	began := time.Now()
	return func(n int) (time.Time, bool) {
		if n >= len(due) {
			return time.Time{}, false
		}
		at := began.Add(due[n])
		if wait := time.Until(at); wait > 0 {
			rest := unix.NsecToTimespec(wait.Nanoseconds())
			_ = unix.Nanosleep(&rest, nil) // a little early, if a signal comes, is no harm
		}
		return at, true
	}
}

// run sends requests as long as next gives them a time, the n-th at the n-th.
func (l load) run(next func(n int) (at time.Time, more bool)) (outcome, error) {
	var turn atomic.Int64
	var mu sync.Mutex
	var all outcome
	errs := make([]error, l.connections)
	began := time.Now()
	var senders sync.WaitGroup
	for c := range l.connections {
		senders.Go(func() {
			runtime.LockOSThread()         // so that the kernel wakes it on time, and nobody else takes its turn
			defer runtime.UnlockOSThread() // a thread that ended would take the servers with it that it started
			own, err := l.send(&turn, next)
			mu.Lock()
			defer mu.Unlock()
			errs[c] = err
			all.Answered += own.Answered
			all.Refused += own.Refused
			all.Failed += own.Failed
			all.Latencies = append(all.Latencies, own.Latencies...)
		})
	}
	senders.Wait()
	all.Seconds = time.Since(began).Seconds()
	slices.Sort(all.Latencies)
	return all, errors.Join(errs...)
}

// send is run over one connection.
func (l load) send(turn *atomic.Int64, next func(n int) (time.Time, bool)) (outcome, error) {
	var o outcome
	_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0) // without it sleeps are longer by 50 µs
	var connection net.Conn
	var answers *bufio.Reader
	for {
		n := int(turn.Add(1)) - 1
		at, more := next(n)
		if !more {
			break
		}
		if connection == nil {
			var err error
			if connection, err = net.Dial("tcp", l.address); err != nil {
				return o, fmt.Errorf("connect: %w", err)
			}
			if err := connection.SetDeadline(time.Now().Add(longest)); err != nil {
				return o, fmt.Errorf("connect: %w", err)
			}
			answers = bufio.NewReader(connection)
		}
		status, err := ask(connection, answers, l.requests[n%len(l.requests)])
		switch {
		case err != nil:
			o.Failed++
			_ = connection.Close() // it failed already
			connection = nil
		case status == http.StatusOK:
			o.Answered++
			o.Latencies = append(o.Latencies, time.Since(at))
		case status == http.StatusTooManyRequests:
			o.Refused++
		default:
			o.Failed++
		}
	}
	if connection != nil {
		return o, connection.Close()
	}
	return o, nil
}

// ask sends a request and reads the whole answer.
func ask(connection net.Conn, answers *bufio.Reader, request []byte) (status int, err error) {
	if _, err := connection.Write(request); err != nil {
		return 0, err
	}
	return readAnswer(answers)
}

// readAnswer reads an answer that says how long it is, and returns its status. It is all that a load
// needs of HTTP, so that sending takes less time than answering.
func readAnswer(answers *bufio.Reader) (status int, err error) {
	line, err := answers.ReadSlice('\n')
	if err != nil {
		return 0, err
	}
	if len(line) < len("HTTP/1.1 200") {
		return 0, fmt.Errorf("an answer begins with %q", line)
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, fmt.Errorf("an answer begins with %q", line)
	}
	length := -1
	for {
		if line, err = answers.ReadSlice('\n'); err != nil {
			return status, err
		}
		if line = bytes.TrimSpace(line); len(line) == 0 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		if bytes.EqualFold(name, []byte("Content-Length")) {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return status, fmt.Errorf("an answer's length is %q", value)
			}
		}
	}
	if length < 0 {
		return status, errors.New("an answer doesn't say how long it is")
	}
	_, err = answers.Discard(length)
	return status, err
}

// post returns a request as it goes over the wire.
func post(path string, body []byte) []byte {
	var request bytes.Buffer
	fmt.Fprintf(&request, "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", path, len(body))
	request.Write(body)
	return request.Bytes()
}
