package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A process is a server that runs, on one core of its own.
type process struct {
	command *exec.Cmd
	port    int // of the loopback address
	grpc    int // for gRPC alone
	logs    *bytes.Buffer
	StartUp time.Duration // from its start to readiness
}

// start runs a server, whose arguments may name {port} and {grpc}, on a core and waits until ready answers 200.
func start(core int, ready string, environment []string, arguments ...string) (*process, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	grpc, err := freePort()
	if err != nil {
		return nil, err
	}
	ports := strings.NewReplacer("{port}", strconv.Itoa(port), "{grpc}", strconv.Itoa(grpc))
	full := make([]string, len(arguments))
	for i, argument := range arguments {
		full[i] = ports.Replace(argument)
	}
	p := &process{command: onCore(core, full...), port: port, grpc: grpc, logs: &bytes.Buffer{}}
	p.command.Env = append(os.Environ(), environment...)
	for i, setting := range p.command.Env {
		p.command.Env[i] = ports.Replace(setting)
	}
	p.command.Stdout, p.command.Stderr = p.logs, p.logs
	began := time.Now()
	if err := p.command.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", arguments[0], err)
	}
	hurry(strconv.Itoa(p.command.Process.Pid))
	for time.Since(began) < 2*time.Minute {
		if answer, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d%s", port, ready)); err == nil {
			_ = answer.Body.Close() // only its status counts
			if answer.StatusCode == http.StatusOK {
				p.StartUp = time.Since(began)
				return p, nil
			}
		}
		time.Sleep(2 * time.Millisecond)
	}
	return nil, errors.Join(fmt.Errorf("%s isn't ready after two minutes:\n%s", arguments[0], p.logs), p.stop())
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return listener.Addr().(*net.TCPAddr).Port, listener.Close()
}

// stop ends the process and those that it started.
func (p *process) stop() error {
	if err := syscall.Kill(-p.command.Process.Pid, syscall.SIGKILL); err != nil {
		return fmt.Errorf("stop %s: %w", p.command.Path, err)
	}
	_ = p.command.Wait() // that it was killed is no news
	return nil
}

// family returns the process and its descendants.
func (p *process) family() ([]int, error) {
	all := []int{p.command.Process.Pid}
	for i := 0; i < len(all); i++ {
		lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", all[i]))
		if err != nil {
			return nil, err
		}
		for _, list := range lists {
			children, err := os.ReadFile(list)
			if err != nil {
				continue // the thread has ended
			}
			for _, child := range strings.Fields(string(children)) {
				if pid, err := strconv.Atoi(child); err == nil {
					all = append(all, pid)
				}
			}
		}
	}
	return all, nil
}

// cpu returns the seconds of processor time that the server has used, in user and kernel mode.
func (p *process) cpu() (float64, error) {
	const perSecond = 100 // USER_HZ, which Linux promises to user space
	pids, err := p.family()
	if err != nil {
		return 0, err
	}
	var ticks float64
	for _, pid := range pids {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			return 0, err
		}
		_, rest, _ := strings.Cut(string(stat), ") ") // a name may hold spaces
		fields := strings.Fields(rest)
		for _, place := range []int{11, 12} { // utime, stime; proc_pid_stat(5), fields 14 and 15
			value, err := strconv.ParseFloat(fields[place], 64)
			if err != nil {
				return 0, fmt.Errorf("read /proc/%d/stat: %w", pid, err)
			}
			ticks += value
		}
	}
	return ticks / perSecond, nil
}

// memory returns the megabytes that the server holds: all, and without the pages of files, which the
// kernel shares and takes back as it likes.
func (p *process) memory() (resident, private float64, err error) {
	pids, err := p.family()
	if err != nil {
		return 0, 0, err
	}
	for _, pid := range pids {
		statm, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
		if err != nil {
			return 0, 0, err
		}
		fields := strings.Fields(string(statm)) // proc_pid_statm(5): the second is resident, the third of these shared
		pages := [2]float64{}
		for i := range pages {
			if pages[i], err = strconv.ParseFloat(fields[1+i], 64); err != nil {
				return 0, 0, fmt.Errorf("read /proc/%d/statm: %w", pid, err)
			}
		}
		size := float64(os.Getpagesize()) / 1e6
		resident += pages[0] * size
		private += (pages[0] - pages[1]) * size
	}
	return resident, private, nil
}
