package trainjob

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"
)

// What Kubeflow Trainer sets in the container.
const (
	urlVariable   = "KUBEFLOW_TRAINER_SERVER_URL"
	caVariable    = "KUBEFLOW_TRAINER_SERVER_CA_CERT" // a file
	tokenVariable = "KUBEFLOW_TRAINER_SERVER_TOKEN"   // a file whose content changes
)

const (
	// apart is the least time from one report to the next, as Kubeflow's own SDK has it.
	apart = 5 * time.Second
	// patience bounds a report, and how long the last one holds up the end.
	patience = 5 * time.Second
	// longestAnswer is how many bytes of a refusal are read.
	longestAnswer = 4 << 10
)

// A Reporter sends statuses, the newest at most every few seconds. A nil one sends
// nothing.
type Reporter struct {
	url, tokenFile string
	client         *http.Client
	apart          time.Duration

	newest  chan Status // holds one
	end     chan struct{}
	ended   chan struct{}
	warning sync.Once
}

// FromEnvironment returns a reporter to where the environment says, or nil where
// it says nothing. An environment that can't be used is logged.
func FromEnvironment(environment func(string) string) *Reporter {
	if environment(urlVariable) == "" {
		return nil
	}
	r, err := newReporter(environment(urlVariable), environment(caVariable), environment(tokenVariable), apart)
	if err != nil {
		slog.Warn("progress is not told to the TrainJob", "error", err)
		return nil
	}
	return r
}

func newReporter(address, caFile, tokenFile string, apart time.Duration) (*Reporter, error) {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Scheme != "https" || parsed.Host == "" {
		return nil, fmt.Errorf("%s is %q; it must be an https URL", urlVariable, address)
	}
	if tokenFile == "" {
		return nil, fmt.Errorf("%s is not set; it must name the file with the token", tokenVariable)
	}
	pem, err := os.ReadFile(caFile)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", caVariable, err)
	}
	authorities := x509.NewCertPool()
	if !authorities.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s: %s holds no certificate (PEM)", caVariable, caFile)
	}
	r := &Reporter{
		url: address, tokenFile: tokenFile, apart: apart,
		client: &http.Client{
			Timeout:       patience,
			Transport:     &http.Transport{TLSClientConfig: &tls.Config{RootCAs: authorities, MinVersion: tls.VersionTLS12}},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // the token is for this server
		},
		newest: make(chan Status, 1), end: make(chan struct{}), ended: make(chan struct{}),
	}
	go r.run()
	return r, nil
}

// Report sends a status soon, unless a newer one takes its place. It never waits.
// It must not be called by two at once, nor after Close.
func (r *Reporter) Report(status Status) {
	if r == nil {
		return
	}
	select {
	case <-r.newest:
	default:
	}
	r.newest <- status
}

// Close sends what is left to be sent, for a few seconds at most.
func (r *Reporter) Close() {
	if r == nil {
		return
	}
	close(r.end)
	<-r.ended
	r.client.CloseIdleConnections()
}

// run sends until the end.
func (r *Reporter) run() {
	defer close(r.ended)
	for {
		select {
		case status := <-r.newest:
			r.send(status)
			select {
			case <-time.After(r.apart):
			case <-r.end:
			}
		case <-r.end:
			select {
			case status := <-r.newest:
				r.send(status)
			default:
			}
			return
		}
	}
}

// send sends one status; the first that fails is a warning, as they may all.
func (r *Reporter) send(status Status) {
	if err := r.post(status); err != nil {
		r.warning.Do(func() { slog.Warn("progress is not told to the TrainJob", "error", err) })
	}
}

func (r *Reporter) post(status Status) error {
	body, err := status.encode(time.Now())
	if err != nil {
		return err
	}
	token, err := os.ReadFile(r.tokenFile) // each time, as it is replaced before it expires
	if err != nil {
		return fmt.Errorf("%s: %w", tokenVariable, err)
	}
	request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, r.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	request.Header.Set("Content-Type", "application/json")
	answer, err := r.client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }() // it was only read
	said, err := io.ReadAll(io.LimitReader(answer.Body, longestAnswer))
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("POST %s: %s: %s", r.url, answer.Status, bytes.TrimSpace(said))
	}
	return nil
}
