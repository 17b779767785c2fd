package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"os"
	"strings"
	"sync"
	"time"
)

type askCommand struct {
	URL      string        `arg:"" help:"What to ask."`
	Host     string        `help:"Host to ask for, where it is not the URL's: a gateway's routes go by it."`
	HTTP2    bool          `name:"http2" help:"Ask by HTTP/2 without encryption."`
	Body     string        `help:"Body to post; none: GET."`
	Interval time.Duration `default:"20ms" help:"Time between requests."`
	Limit    int           `default:"100000" help:"Most requests to make."`
	Port     int           `default:"8080" help:"Port on which to tell the count so far."`
}

// tally is what the asker prints at its end, and tells all the while.
type tally struct {
	Asked    int            `json:"asked"`
	Failed   int            `json:"failed"`
	Failures []string       `json:"failures,omitempty"` // the first few, word for word
	Versions map[string]int `json:"versions"`           // answers by the model's version
}

// Run asks, each time on a new connection, as many clients behind a Service do.
// It counts from the first answer on: what is measured is a server that was there.
func (c askCommand) Run(ctx context.Context) error {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(!c.HTTP2)
	protocols.SetUnencryptedHTTP2(c.HTTP2)
	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true, Protocols: protocols}}
	var mutex sync.Mutex
	counted := tally{Versions: map[string]int{}}
	server := http.Server{
		Addr: fmt.Sprintf(":%d", c.Port), ReadHeaderTimeout: 10 * time.Second,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			mutex.Lock()
			defer mutex.Unlock()
			_ = json.NewEncoder(w).Encode(counted) // who asked may have gone
		}),
	}
	go func() { _ = server.ListenAndServe() }() // ends with the process
	ticker := time.NewTicker(c.Interval)
	defer ticker.Stop()
	for counted.Asked < c.Limit && ctx.Err() == nil {
		<-ticker.C
		version, err := c.ask(client)
		if counted.Asked > 0 || err == nil {
			mutex.Lock()
			counted.add(version, err)
			mutex.Unlock()
		}
	}
	return json.NewEncoder(os.Stdout).Encode(counted)
}

func (t *tally) add(version string, err error) {
	t.Asked++
	if err == nil {
		t.Versions[version]++
		return
	}
	t.Failed++
	if len(t.Failures) < 5 {
		t.Failures = append(t.Failures, err.Error())
	}
}

func (c askCommand) ask(client *http.Client) (string, error) {
	method, body := http.MethodGet, io.Reader(http.NoBody)
	if c.Body != "" {
		method, body = http.MethodPost, strings.NewReader(c.Body)
	}
	request, err := http.NewRequest(method, c.URL, body)
	if err != nil {
		return "", err
	}
	request.Host = c.Host
	request.Header.Set("Content-Type", "application/json")
	progress := &progress{}
	response, err := client.Do(request.WithContext(httptrace.WithClientTrace(request.Context(), progress.trace())))
	if err != nil {
		return "", fmt.Errorf("%w (%s)", err, progress)
	}
	defer func() { _ = response.Body.Close() }() // only read
	content, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return "", err
	}
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s: %.200s", response.Status, content)
	}
	var answer struct {
		ModelVersion string `json:"model_version"`
	}
	if err := json.Unmarshal(content, &answer); err != nil {
		return "", fmt.Errorf("answer %.200s: %w", content, err)
	}
	return answer.ModelVersion, nil
}

// progress is how far a request has come: a failure at the name, at the
// connection and at the server are three different faults.
type progress struct {
	mutex sync.Mutex
	steps []string
}

func (p *progress) add(step string, start time.Time) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.steps = append(p.steps, fmt.Sprintf("%s after %v", step, time.Since(start).Round(time.Millisecond)))
}

func (p *progress) trace() *httptrace.ClientTrace {
	start := time.Now()
	return &httptrace.ClientTrace{
		DNSDone:      func(httptrace.DNSDoneInfo) { p.add("resolved", start) },
		ConnectStart: func(_, address string) { p.add("dialling "+address, start) },
		ConnectDone: func(_, _ string, err error) {
			if err == nil {
				p.add("connected", start)
			}
		},
		WroteRequest: func(httptrace.WroteRequestInfo) { p.add("asked", start) },
	}
}

// String lists the steps that were done.
func (p *progress) String() string {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if len(p.steps) == 0 {
		return "the name was not resolved"
	}
	return strings.Join(p.steps, ", ")
}
