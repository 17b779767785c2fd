package main

import (
	"bytes"
	"context"
	_ "embed" // implicit_als.py
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

//go:embed implicit_als.py
var implicitSource []byte

// point is one choice of a learner's settings, by flag.
type point map[string]float64

// answer is what a learner prints.
type answer struct {
	Version string    `json:"version"`
	Seconds []float64 `json:"seconds"` // of each epoch
	Peak    int64     `json:"peak"`    // bytes of memory that were resident at most
}

// A learner is a program that learns factors.
type learner struct {
	Name    string
	program []string // and its first arguments
	grid    []point
}

// daybreak is this program itself, in a process of its own.
func daybreak() (learner, error) {
	self, err := os.Executable()
	if err != nil {
		return learner{}, err
	}
	l := learner{Name: "Daybreak", program: []string{self, "learn"}}
	for _, unobserved := range []float64{0.1, 0.3, 1} {
		for _, regularisation := range []float64{0.0003, 0.001, 0.003, 0.01} {
			l.grid = append(l.grid, point{"unobserved-weight": unobserved, "regularisation": regularisation})
		}
	}
	return l, nil
}

// implicit is the Python package's ALS with its defaults: conjugate gradients, float32.
func implicit(python, folder string) (learner, error) {
	script := filepath.Join(folder, "implicit_als.py")
	if err := os.WriteFile(script, implicitSource, 0o600); err != nil {
		return learner{}, err
	}
	l := learner{Name: "implicit", program: []string{python, script}}
	for _, alpha := range []float64{1, 3, 10} {
		for _, regularisation := range []float64{1, 3, 10, 30} {
			l.grid = append(l.grid, point{"alpha": alpha, "regularisation": regularisation})
		}
	}
	return l, nil
}

// learn has the program learn the problem in folder; what it has learned goes to out.
func (l learner) learn(ctx context.Context, folder, out string, rank, epochs, threads int, settings point) (answer, error) {
	arguments := append(l.program[1:len(l.program):len(l.program)],
		"--folder", folder, "--out", out, "--rank", strconv.Itoa(rank), "--epochs", strconv.Itoa(epochs), "--threads", strconv.Itoa(threads))
	for name, value := range settings {
		arguments = append(arguments, "--"+name, strconv.FormatFloat(value, 'g', -1, 64))
	}
	program := exec.CommandContext(ctx, l.program[0], arguments...)
	// implicit brings its own threads and asks for BLAS to have none.
	program.Env = append(os.Environ(), "OPENBLAS_NUM_THREADS=1", "MKL_NUM_THREADS=1", "OMP_NUM_THREADS="+strconv.Itoa(threads))
	var printed bytes.Buffer
	program.Stdout, program.Stderr = &printed, os.Stderr
	if err := program.Run(); err != nil {
		return answer{}, fmt.Errorf("%s: %w", l.Name, err)
	}
	var a answer
	if err := json.Unmarshal(printed.Bytes(), &a); err != nil {
		return answer{}, fmt.Errorf("read what %s printed: %w", l.Name, err)
	}
	return a, nil
}
