// Package postgres runs a real PostgreSQL on this machine, for tests: Debian's,
// in a folder of its own, reached through a Unix socket alone. It dies with the
// process that started it.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"time"
)

const (
	startTimeout = time.Minute
	stopTimeout  = 10 * time.Second
	pollInterval = 50 * time.Millisecond
)

// Server is a running PostgreSQL.
type Server struct {
	dir     string
	bin     string
	account *syscall.Credential // nil: our own
	command *exec.Cmd
	done    chan struct{}
}

// Start makes an empty database cluster and serves it.
func Start(ctx context.Context) (*Server, error) {
	server, err := start(ctx)
	if err != nil {
		return nil, fmt.Errorf("start PostgreSQL: %w", err)
	}
	return server, nil
}

func start(ctx context.Context) (*Server, error) {
	bin, err := findBin()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "pg-") // short: a socket's path has at most 107 bytes
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir, bin: bin, done: make(chan struct{})}
	if s.account, err = account(); err == nil && s.account != nil {
		err = os.Chown(dir, int(s.account.Uid), int(s.account.Gid))
	}
	if err == nil {
		err = s.run(ctx, "initdb", "--username=postgres", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C", s.data())
	}
	if err == nil {
		err = s.launch()
	}
	if err == nil {
		err = s.awaitAnswer(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// URI is where the database is, as SQLAlchemy writes it.
func (s *Server) URI() string { return "postgresql+psycopg2://postgres@/postgres?host=" + s.dir }

// Stop ends the server and removes its data.
func (s *Server) Stop() error {
	var err error
	if s.command != nil {
		err = s.end()
	}
	return errors.Join(err, os.RemoveAll(s.dir))
}

func (s *Server) end() error {
	if err := s.command.Process.Signal(syscall.SIGQUIT); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop PostgreSQL: %w", err)
	}
	select {
	case <-s.done:
		return nil
	case <-time.After(stopTimeout):
	}
	err := s.command.Process.Kill()
	<-s.done
	return err
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

func (s *Server) run(ctx context.Context, program string, arguments ...string) error {
	command := exec.CommandContext(ctx, filepath.Join(s.bin, program), arguments...)
	command.Dir = s.dir
	command.SysProcAttr = &syscall.SysProcAttr{Credential: s.account}
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w:\n%s", program, err, output)
	}
	return nil
}

func (s *Server) log() string { return filepath.Join(s.dir, "log") }

func (s *Server) launch() error {
	log, err := os.Create(s.log())
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	s.command = exec.Command(filepath.Join(s.bin, "postgres"), "-D", s.data(),
		"-c", "listen_addresses=", "-c", "unix_socket_directories="+s.dir, "-c", "fsync=off", "-c", "shared_buffers=32MB", "-c", "max_connections=50")
	s.command.Dir = s.dir
	s.command.Stderr = log
	s.command.SysProcAttr = &syscall.SysProcAttr{Credential: s.account, Pdeathsig: syscall.SIGKILL}
	started := make(chan error, 1)
	go func() {
		// The kernel sends Pdeathsig when the thread that started the child ends.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := s.command.Start()
		started <- err
		if err == nil {
			_ = s.command.Wait() // it is stopped by a signal
			close(s.done)
		}
	}()
	if err := <-started; err != nil {
		s.command = nil
		return err
	}
	return nil
}

func (s *Server) awaitAnswer(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		err := s.run(ctx, "pg_isready", "--host="+s.dir, "--username=postgres")
		if err == nil {
			return nil
		}
		select {
		case <-s.done:
			words, err := os.ReadFile(s.log())
			return errors.Join(fmt.Errorf("it ended at once; its last words:\n%s", words), err)
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(pollInterval):
		}
	}
}

// findBin finds the newest PostgreSQL that Debian's packages installed.
func findBin() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil {
		return "", err
	}
	if len(found) == 0 {
		return "", errors.New("it is not installed; run `make postgresql`, or apt-get install postgresql")
	}
	slices.Sort(found)
	return filepath.Dir(found[len(found)-1]), nil
}

// account is who PostgreSQL runs as, which can't be root.
func account() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	other, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, errUser := strconv.ParseUint(other.Uid, 10, 32)
	gid, errGroup := strconv.ParseUint(other.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(errUser, errGroup)
}
