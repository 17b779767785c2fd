package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

type askCommand struct {
	URL      string        `arg:"" help:"What to ask."`
	Body     string        `help:"Body to post; none: GET."`
	Interval time.Duration `default:"20ms" help:"Time between requests."`
	Limit    int           `default:"3000" help:"Most requests to make."`
}

// tally is what the asker prints at its end.
type tally struct {
	Asked    int            `json:"asked"`
	Failed   int            `json:"failed"`
	Failures []string       `json:"failures,omitempty"` // the first few, word for word
	Versions map[string]int `json:"versions"`           // answers by the model's version
}

// Run asks, each time on a new connection, as many clients behind a Service do.
// It waits for a first answer, so that what it counts is a server that was there.
func (c askCommand) Run(ctx context.Context) error {
	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	counted := tally{Versions: map[string]int{}}
	ticker := time.NewTicker(c.Interval)
	defer ticker.Stop()
	for counted.Asked < c.Limit {
		select {
		case <-ctx.Done():
			return json.NewEncoder(os.Stdout).Encode(counted)
		case <-ticker.C:
		}
		version, err := c.ask(client)
		if len(counted.Versions) == 0 && err != nil {
			continue
		}
		counted.Asked++
		if err == nil {
			counted.Versions[version]++
			if len(counted.Versions) == 1 && counted.Versions[version] == 1 {
				fmt.Fprintln(os.Stderr, "first answer from version", version)
			}
			continue
		}
		counted.Failed++
		if len(counted.Failures) < 5 {
			counted.Failures = append(counted.Failures, err.Error())
		}
	}
	return json.NewEncoder(os.Stdout).Encode(counted)
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
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return "", err
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
