package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// measured is what is found of one server with one model.
type measured struct {
	Model, Server string
	StartUp       float64  // seconds
	Resident      float64  // MB, after the loads of the first round
	Private       float64  // MB of that, without the pages of files
	Rounds        []round  // in their order
	Alike         latency  // at a rate that is the same for all servers
	Hiccups       []hiccup // of the cores before, for the first server of a size
	Overload      []crowd
	Calls         *calls // over gRPC
}

// A round is a server's turn at what a machine that others share disturbs the most.
type round struct {
	PerCPU float64    // requests a second of the server's processor time, at saturation
	Calls  float64    // calls a second of it, when over gRPC it has no other work to wait for
	Rate   float64    // requests a second at half load
	Half   latency    // then
	Awake  latency    // then, on a core that is kept from sleeping
	Busy   float64    // share of that time that the server worked
	Stolen [2]float64 // share of each core's time then that the host gave to others
}

// latency is how long requests take from when they are due, in milliseconds.
type latency struct {
	P50, P99 float64
	Tails    []float64 // the 99th percentile of each quarter of a second
}

// perCPU is the most requests of all rounds, as what disturbs a server can only take from them; and the fewest.
func (m measured) perCPU() (most, fewest float64) {
	one := slices.MaxFunc(m.Rounds, func(a, b round) int { return cmp.Compare(a.PerCPU, b.PerCPU) })
	other := slices.MinFunc(m.Rounds, func(a, b round) int { return cmp.Compare(a.PerCPU, b.PerCPU) })
	return one.PerCPU, other.PerCPU
}

// calls is the most calls of all rounds.
func (m measured) calls() float64 {
	return slices.MaxFunc(m.Rounds, func(a, b round) int { return cmp.Compare(a.Calls, b.Calls) }).Calls
}

// byTail returns rounds by the 99th percentiles of a latency of theirs: that with the least, and that in the middle.
func (m measured) byTail(of func(round) latency) (best, middle round) {
	ordered := slices.Clone(m.Rounds)
	slices.SortFunc(ordered, func(a, b round) int { return cmp.Compare(of(a).P99, of(b).P99) })
	return ordered[0], ordered[len(ordered)/2]
}

// asleep and awake are latencies at half load: on a core that sleeps when there is nothing to do, and on one that doesn't.
func asleep(r round) latency { return r.Half }
func awake(r round) latency  { return r.Awake }

// usualTail returns the 99th percentile of the quarter of a second in the middle, of all rounds', in a latency of theirs.
func (m measured) usualTail(of func(round) latency) float64 {
	var tails []float64
	for _, r := range m.Rounds {
		tails = append(tails, of(r).Tails...)
	}
	slices.Sort(tails)
	if len(tails) == 0 {
		return 0
	}
	return tails[len(tails)/2]
}

// measureAll measures the servers with a model, in turns, so that a while in which the machine is slow is no server's alone.
func (b *benchmark) measureAll(c catalogue) ([]measured, error) {
	var servers []server
	var all []measured
	for _, s := range b.servers() {
		if b.wants(s) && (c.Name != aloneWith || !s.Peer) {
			servers, all = append(servers, s), append(all, measured{Model: c.Name, Server: s.Name})
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("--server: no server's name begins with %s", strings.Join(b.Server, " or "))
	}
	var request time.Duration
	for range b.Rounds {
		for i, s := range servers {
			if err := b.measure(c, s, request, &all[i]); err != nil {
				return nil, fmt.Errorf("measure %s with %s: %w", s.Name, c.Name, err)
			}
			if s.Name == daybreak {
				most, _ := all[i].perCPU()
				request = time.Duration(float64(time.Second) / most)
			}
		}
	}
	return all, nil
}

// wants says whether a server is to be measured.
func (b *benchmark) wants(s server) bool {
	return len(b.Server) == 0 || slices.ContainsFunc(b.Server, func(begins string) bool { return strings.HasPrefix(s.Name, begins) })
}

// measure starts a server, loads it and stops it: with all loads the first time. request is how long Daybreak takes for one, once it
// is known.
func (b *benchmark) measure(c catalogue, server server, request time.Duration, found *measured) (err error) {
	process, err := server.start(serverCore, c.Folder, request)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, process.stop()) }()
	l := load{port: process.port}
	for _, user := range c.Users {
		l.requests = append(l.requests, post(server.Path, []byte(server.body(user))))
	}
	first := len(found.Rounds) == 0
	r, capacity, err := b.saturate(l, process)
	if err != nil {
		return err
	}
	if first {
		found.StartUp = process.StartUp.Seconds()
		if found.Alike, err = b.latency(l, b.Rate); err != nil {
			return err
		}
	}
	r.Rate = capacity / 2
	var worked float64
	if r.Stolen, err = stolenWhile(func() error {
		worked, err = process.used(func() (err error) {
			r.Half, err = b.latency(l, r.Rate)
			return err
		})
		return err
	}); err != nil {
		return err
	}
	r.Busy = worked / b.Length.Seconds()
	if err := whileAwake(serverCore, func() (err error) {
		r.Awake, err = b.latency(l, r.Rate)
		return err
	}); err != nil {
		return err
	}
	if first {
		if found.Resident, found.Private, err = process.memory(); err != nil {
			return err
		}
	}
	if b.GHZ != "" && server.GRPC {
		if r.Calls, err = b.saturateCalls(c, process); err != nil {
			return err
		}
		if first {
			if found.Calls, err = b.callAll(c, process); err != nil {
				return err
			}
		}
	}
	if first && server.Name == daybreak {
		if found.Overload, err = b.overload(l, capacity); err != nil {
			return err
		}
	}
	found.Rounds = append(found.Rounds, r)
	return nil
}

// saturate returns what a server answers of as many requests as it can, and how many that are a second.
func (b *benchmark) saturate(l load, p *process) (r round, capacity float64, err error) {
	if _, err := l.closed(saturating, b.Length/4); err != nil { // to warm up
		return r, 0, err
	}
	var answered outcome
	cpu, err := p.used(func() (err error) {
		answered, err = l.closed(saturating, b.Length)
		return err
	})
	if err != nil {
		return r, 0, err
	}
	if answered.Failed > 0 {
		return r, 0, fmt.Errorf("%d requests of %d failed", answered.Failed, answered.Answered+answered.Failed)
	}
	return round{PerCPU: float64(answered.Answered) / cpu}, float64(answered.Answered) / answered.Seconds, nil
}

// latency sends so many requests a second, whether answered or not.
func (b *benchmark) latency(l load, rate float64) (latency, error) {
	answered, err := l.open(many, rate, b.Length)
	if err != nil {
		return latency{}, err
	}
	all := answered.times(exchange.latency)
	found := latency{P50: milliseconds(quantile(all, .5)), P99: milliseconds(quantile(all, .99))}
	for _, tail := range answered.tails(b.Length) {
		found.Tails = append(found.Tails, milliseconds(tail))
	}
	return found, nil
}

func milliseconds(d time.Duration) float64 { return d.Seconds() * 1e3 }
