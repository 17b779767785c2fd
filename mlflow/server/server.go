package server

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

//go:embed serve.py
var serveProgram string

const (
	startTimeout = 3 * time.Minute // MLflow's import takes seconds of CPU time, longer on a busy machine
	stopTimeout  = 5 * time.Second
	pollInterval = 50 * time.Millisecond
)

// Options says where and how a server runs.
type Options struct {
	Dir    string // holds the database, artifacts and log; made if missing
	Port   int    // 0 takes a free one
	Python string // interpreter of the environment that holds MLflow; found by FindPython if empty

	DatabaseURI         string // such as postgresql://…; SQLite in Dir if empty
	ArtifactRoot        string // what the server hands out instead of handing artifacts through, such as s3://bucket
	ArtifactDestination string // where the server keeps what it hands through; Dir/artifacts if empty
	AdminPassword       string // of the user "admin"; with one, the server has users (--app-name basic-auth) and asks for theirs
}

// Server is a running MLflow server.
type Server struct {
	uri     string
	log     string
	process *process
}

// Start starts a server and returns once it answers. The context bounds the
// start alone; Stop ends the server.
func Start(ctx context.Context, options Options) (*Server, error) {
	server, err := start(ctx, options)
	if err != nil {
		return nil, fmt.Errorf("start MLflow server: %w", err)
	}
	return server, nil
}

func start(ctx context.Context, options Options) (*Server, error) {
	python := options.Python
	if python == "" {
		var err error
		if python, err = FindPython(); err != nil {
			return nil, err
		}
	}
	dir, err := filepath.Abs(options.Dir)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Join(dir, "artifacts"), 0o755); err != nil {
		return nil, err
	}
	var schema template
	database, fresh := "", false
	if options.DatabaseURI == "" {
		database = filepath.Join(dir, "mlflow.db")
		options.DatabaseURI = "sqlite:///" + database
		schema = databaseTemplate(python)
		if fresh, err = schema.place(database); err != nil {
			return nil, err
		}
	}
	settings, err := environment(dir, options)
	if err != nil {
		return nil, err
	}
	socket, address, err := listen(ctx, options.Port)
	if err != nil {
		return nil, err
	}
	server := &Server{uri: "http://" + address, log: filepath.Join(dir, "mlflow.log")}
	server.process, err = launch(python, application(options), settings, socket, server.log)
	// Only the child may hold the socket: connections are reset when it ends.
	if err := errors.Join(err, socket.Close()); err != nil {
		return nil, err
	}
	if err := server.awaitAnswer(ctx); err != nil {
		return nil, errors.Join(err, server.Stop())
	}
	if fresh {
		schema.keep(database)
	}
	return server, nil
}

// listen opens the server's socket, to be handed to the child.
func listen(ctx context.Context, port int) (*os.File, string, error) {
	var config net.ListenConfig
	// Python's asyncio turns Nagle's algorithm off for plain TCP alone; with it,
	// each answer on a kept connection waits 40 ms for a delayed acknowledgement.
	config.SetMultipathTCP(false)
	listener, err := config.Listen(ctx, "tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return nil, "", fmt.Errorf("%w; choose another port (0 takes a free one)", err)
	}
	address := listener.Addr().String()
	socket, err := listener.(*net.TCPListener).File()
	if err := errors.Join(err, listener.Close()); err != nil {
		return nil, "", err
	}
	return socket, address, nil
}

// URI is where the server answers, such as http://127.0.0.1:5000.
func (s *Server) URI() string { return s.uri }

// LogPath is the file that holds what the server printed.
func (s *Server) LogPath() string { return s.log }

// Done is closed when the server has ended, by Stop or by itself.
func (s *Server) Done() <-chan struct{} { return s.process.done }

// Stop ends the server, gracefully if it obeys soon, and returns when no
// process of it is left. Stopping a server that has ended does nothing.
func (s *Server) Stop() error { return s.process.stop(stopTimeout) }

// awaitAnswer returns when the server's store answers, which opens the
// database; health alone would be answered earlier.
func (s *Server) awaitAnswer(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		err := probe(ctx, s.uri+"/health")
		if err == nil {
			err = probe(ctx, s.uri+"/api/2.0/mlflow/experiments/get-by-name?experiment_name=Default")
		}
		if err == nil {
			return nil
		}
		select {
		case <-s.process.done:
			return fmt.Errorf("it ended at once (%s); its last words, from %s:\n%s", s.process.command.ProcessState, s.log, lastLines(s.log, 20))
		case <-ctx.Done():
			return fmt.Errorf("it does not answer at %s (%w; last: %w); its last words, from %s:\n%s", s.uri, ctx.Err(), err, s.log, lastLines(s.log, 20))
		case <-time.After(pollInterval):
		}
	}
}

func probe(ctx context.Context, url string) error {
	// The socket listens before the program runs: a connection is taken, and
	// answered once the program does. A process that ends resets it.
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return err
	}
	// A server that has users answers so, too.
	if response.StatusCode != http.StatusOK && response.StatusCode != http.StatusUnauthorized {
		return fmt.Errorf("GET %s: %s", url, response.Status)
	}
	return nil
}

func lastLines(path string, count int) string {
	content, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimRight(string(content), "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-count):], "\n")
}
