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
	Base    memory    `json:"base"`    // before anything was read
	Peak    memory    `json:"peak"`
}

// A learner is a program that learns factors.
type learner struct {
	Name    string
	program []string // and its first arguments
	centre  point    // where the search for its settings begins
}

// daybreak is this program itself, in a process of its own.
func daybreak() (learner, error) {
	self, err := os.Executable()
	if err != nil {
		return learner{}, err
	}
	return learner{
		Name: "Daybreak", program: []string{self, "learn"}, centre: point{"unobserved-weight": 0.3, "regularisation": 0.001},
	}, nil
}

// implicit is the Python package's ALS with its defaults: conjugate gradients, float32.
func implicit(python, folder string) (learner, error) {
	script := filepath.Join(folder, "implicit_als.py")
	if err := os.WriteFile(script, implicitSource, 0o600); err != nil {
		return learner{}, err
	}
	return learner{Name: "implicit", program: []string{python, script}, centre: point{"alpha": 3, "regularisation": 10}}, nil
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
