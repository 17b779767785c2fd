package stack

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

const (
	predictorStart = time.Minute
	predictorGrace = 5 * time.Second
	aliveInterval  = 50 * time.Millisecond
	lastWords      = 5 // lines of a log that go into an error
)

// Predictor is a running predictor.
type Predictor struct {
	*Process
	URL string
	log string
}

// StartPredictor starts the predictor's program on a port of 127.0.0.1 and returns once it answers.
// It needs no model yet: it serves what modelDir names as soon as that is there. What it logs goes
// into the file log.
func StartPredictor(ctx context.Context, path, modelDir string, port int, log string) (*Predictor, error) {
	file, err := os.Create(log)
	if err != nil {
		return nil, err
	}
	process, err := Start(Program{Path: path, Stderr: file, Args: []string{
		"--model_dir", modelDir,
		"--http_host", "127.0.0.1", "--http_port", strconv.Itoa(port),
		"--drain-delay", "0s", // nobody has to learn first that it is going
	}})
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	p := &Predictor{Process: process, URL: "http://127.0.0.1:" + strconv.Itoa(port), log: log}
	if err := p.awaitAlive(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("start the predictor: %w", err), p.Stop())
	}
	return p, nil
}

// Stop ends the predictor.
func (p *Predictor) Stop() error { return p.Process.Stop(predictorGrace) }

func (p *Predictor) awaitAlive(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, predictorStart, fmt.Errorf("no answer at %s within %s", p.URL, predictorStart))
	defer cancel()
	ticker := time.NewTicker(aliveInterval)
	defer ticker.Stop()
	for {
		if p.alive(ctx) {
			return nil
		}
		select {
		case <-p.Done():
			return fmt.Errorf("it ended at once: %s", LastLines(p.log, lastWords))
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-ticker.C:
		}
	}
}

func (p *Predictor) alive(ctx context.Context) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.URL+"/v2/health/live", nil)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	return response.Body.Close() == nil && response.StatusCode == http.StatusOK
}

// LastLines gives the end of a log.
func LastLines(path string, count int) string {
	content, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(content)), "\n")
	return strings.Join(lines[max(0, len(lines)-count):], "\n")
}
