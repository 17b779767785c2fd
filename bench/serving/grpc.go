package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// calls is what was found of a server over gRPC. Latencies are as ghz has them, whose own work is in them.
type calls struct {
	PerCPU   float64 // calls a second of the server's processor time, as fast as ghz calls
	Rate     float64 // calls a second, half as fast
	P50, P99 float64 // milliseconds, then
	Alike    latency // at a rate that is the same for all servers
}

// A ghz is the load generator of that name, and what it calls with.
type ghz struct {
	program, proto, data string
	port                 int
}

// newGHZ writes the calls that ghz makes, one after the other.
func (b *benchmark) newGHZ(c catalogue, port int) (ghz, error) {
	type tensor struct {
		Name     string         `json:"name"`
		Datatype string         `json:"datatype"`
		Shape    []int          `json:"shape"`
		Contents map[string]any `json:"contents"`
	}
	type call struct {
		ModelName string   `json:"model_name"`
		Inputs    []tensor `json:"inputs"`
	}
	var all []call
	for _, user := range c.Users[:min(500, len(c.Users))] {
		user = base64.StdEncoding.EncodeToString([]byte(user))
		all = append(all, call{"recommender", []tensor{{"user_id", "BYTES", []int{1}, map[string]any{"bytes_contents": []string{user}}}}})
	}
	encoded, err := json.Marshal(all)
	if err != nil {
		return ghz{}, err
	}
	data := filepath.Join(b.Work, "calls.json")
	return ghz{program: b.GHZ, proto: b.Proto, data: data, port: port}, os.WriteFile(data, encoded, 0o600)
}

// report is what ghz prints.
type report struct {
	Count    int            `json:"count"`
	Total    time.Duration  `json:"total"`
	Statuses map[string]int `json:"statusCodeDistribution"`
	Latency  []struct {
		Percentage int           `json:"percentage"`
		Latency    time.Duration `json:"latency"`
	} `json:"latencyDistribution"`
}

func (r report) percentile(p int) float64 {
	for _, l := range r.Latency {
		if l.Percentage == p {
			return milliseconds(l.Latency)
		}
	}
	return 0
}

// run calls for so long, over as many connections as saturate a server: as fast as it is answered, or so many
// times a second.
func (g ghz) run(length time.Duration, rate int) (report, error) {
	arguments := []string{
		"--insecure", "--proto", g.proto, "--call", "inference.GRPCInferenceService.ModelInfer", "--data-file", g.data,
		"--concurrency", strconv.Itoa(saturating), "--connections", strconv.Itoa(saturating), "--cpus", "1",
		"--duration", length.String(), "--duration-stop", "wait", "--format", "json",
	}
	if rate > 0 {
		arguments = append(arguments, "--rps", strconv.Itoa(rate), "--async")
	}
	var found report
	printed, err := exec.Command(g.program, append(arguments, fmt.Sprintf("127.0.0.1:%d", g.port))...).Output()
	if err != nil {
		return found, fmt.Errorf("call by %s: %w", g.program, err)
	}
	if err := json.Unmarshal(printed, &found); err != nil {
		return found, fmt.Errorf("read what %s prints: %w", g.program, err)
	}
	answered, refused := found.Statuses["OK"], found.Statuses["Unavailable"]
	if answered == 0 || answered+refused != found.Count {
		return found, fmt.Errorf("%d calls ended so: %v", found.Count, found.Statuses)
	}
	found.Count = answered
	return found, nil
}

// saturateCalls returns the calls that a server answers in a second of its processor time, when it has no other work to wait for.
func (b *benchmark) saturateCalls(c catalogue, p *process) (float64, error) {
	if _, err := saturate(p.grpc, c.Users, b.Length/4); err != nil { // to warm up
		return 0, err
	}
	var answered int
	cpu, err := p.used(func() (err error) {
		answered, err = saturate(p.grpc, c.Users, b.Length)
		return err
	})
	return float64(answered) / cpu, err
}

// callAll measures a server by ghz.
func (b *benchmark) callAll(c catalogue, p *process) (*calls, error) {
	g, err := b.newGHZ(c, p.grpc)
	if err != nil {
		return nil, err
	}
	var byGHZ report
	cpu, err := p.used(func() (err error) {
		byGHZ, err = g.run(b.Length, 0)
		return err
	})
	if err != nil {
		return nil, err
	}
	found := &calls{PerCPU: float64(byGHZ.Count) / cpu, Rate: float64(byGHZ.Count) / byGHZ.Total.Seconds() / 2}
	half, err := g.run(b.Length, int(found.Rate))
	if err != nil {
		return nil, err
	}
	found.P50, found.P99 = half.percentile(50), half.percentile(99)
	alike, err := g.run(b.Length, int(b.Rate))
	if err != nil {
		return nil, err
	}
	found.Alike = latency{P50: alike.percentile(50), P99: alike.percentile(99)}
	return found, nil
}

// used returns how many seconds of processor time a server takes while something is done.
func (p *process) used(do func() error) (float64, error) {
	before, err := p.cpu()
	if err != nil {
		return 0, err
	}
	if err := do(); err != nil {
		return 0, err
	}
	after, err := p.cpu()
	return after - before, err
}
