package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A hiccup is what a core does to a thread that only reads the clock: time that the machine takes for itself, which no
// server on it can give back.
type hiccup struct {
	Core    int
	Lost    float64 // share of the time
	Longest float64 // milliseconds
	P99     float64 // milliseconds that the hundredth of requests would wait at least, if each took no time at all
}

// gapsFrom is from when on the time between two readings of the clock counts as lost.
const gapsFrom = 20 * time.Microsecond

// readClock does nothing else for a while, and returns what came between.
func readClock(core int, length time.Duration) hiccup {
	debug.SetGCPercent(-1)
	gaps := make([]time.Duration, 0, 1<<16)
	began := time.Now()
	last := time.Duration(0)
	for last < length {
		now := time.Since(began)
		if gap := now - last; gap >= gapsFrom && len(gaps) < cap(gaps) {
			gaps = append(gaps, gap)
		}
		last = now
	}
	return summarise(core, gaps, last)
}

// summarise says what gaps in a length of time amount to.
func summarise(core int, gaps []time.Duration, length time.Duration) hiccup {
	slices.Sort(gaps)
	slices.Reverse(gaps)
	h := hiccup{Core: core}
	var lost time.Duration
	for _, gap := range gaps {
		lost += gap
	}
	h.Lost = lost.Seconds() / length.Seconds()
	if len(gaps) > 0 {
		h.Longest = milliseconds(gaps[0])
	}
	// One who comes at a random time waits for more than x with the probability Σ max(0, gap − x) ÷ length.
	budget := length / 100
	var sum time.Duration
	for i, gap := range gaps {
		sum += gap
		next := time.Duration(0)
		if i+1 < len(gaps) {
			next = gaps[i+1]
		}
		if beyond := sum - time.Duration(i+1)*next; beyond >= budget {
			h.P99 = milliseconds((sum - budget) / time.Duration(i+1))
			break
		}
	}
	return h
}

// watchCores watches the cores of load and server at the same time, each by a process that is kept to it as a server is.
func watchCores(length time.Duration) ([]hiccup, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	var watching [serverCore + 1]*exec.Cmd
	var said [len(watching)]bytes.Buffer
	for core := range watching {
		watching[core] = onCore(core, program, "--clock-core", strconv.Itoa(core), "--clock", length.String())
		watching[core].Stdout = &said[core]
		if started := watching[core].Start(); started != nil {
			err = errors.Join(err, started)
			continue
		}
		hurry(strconv.Itoa(watching[core].Process.Pid))
	}
	hiccups := make([]hiccup, len(watching))
	for core, one := range watching {
		if one.Process != nil {
			err = errors.Join(err, one.Wait())
		}
		err = errors.Join(err, json.Unmarshal(said[core].Bytes(), &hiccups[core]))
	}
	if err != nil {
		return nil, fmt.Errorf("watch the cores: %w", err)
	}
	return hiccups, nil
}

// stolenWhile returns the shares of the cores' time that the host has given to other guests while something is done.
func stolenWhile(do func() error) (shares [serverCore + 1]float64, err error) {
	var before [len(shares)]float64
	for core := range shares {
		if before[core], err = stolen(core); err != nil {
			return shares, err
		}
	}
	began := time.Now()
	if err := do(); err != nil {
		return shares, err
	}
	took := time.Since(began).Seconds()
	for core := range shares {
		after, err := stolen(core)
		if err != nil {
			return shares, err
		}
		shares[core] = (after - before[core]) / took
	}
	return shares, nil
}

// stolen returns the seconds of a core that the host has given to other guests since it started.
func stolen(core int) (float64, error) {
	stat, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	_, line, found := strings.Cut(string(stat), fmt.Sprintf("\ncpu%d ", core))
	fields := strings.Fields(line)
	if !found || len(fields) < 8 {
		return 0, fmt.Errorf("/proc/stat doesn't say what is stolen from core %d", core)
	}
	const ticksPerSecond = 100                      // USER_HZ, which Linux promises to user space
	ticks, err := strconv.ParseFloat(fields[7], 64) // proc_stat(5): user nice system idle iowait irq softirq steal
	return ticks / ticksPerSecond, err
}

func (h hiccup) String() string {
	return fmt.Sprintf("core %d, read by a clock alone: %.2f %% of the time lost, the longest gap %.1f ms, so that a request that takes no time has a p99 of %.2f ms",
		h.Core, 100*h.Lost, h.Longest, h.P99)
}
