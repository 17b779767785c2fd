package main

import (
	"bytes"
	"context"
	_ "embed" // peers.py
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/daybreak-ml/daybreak/trainer/evaluation"
)

//go:embed peers.py
var peersSource []byte

// peerProgram says how peers.py is run.
type peerProgram struct {
	Python             string
	Folder             string // to work in
	K, Threads, Rounds int
}

// peerAnswer is what peers.py prints; it documents the fields.
type peerAnswer struct {
	Versions map[string]string `json:"versions"`
	Peers    []peerLists       `json:"peers"`
}

type peerLists struct {
	Name        string      `json:"name"`
	TuneSeconds float64     `json:"tune_seconds"`
	All         settingList `json:"all"`
	New         settingList `json:"new"`
}

type settingList struct {
	Chosen     map[string]any `json:"chosen"`
	FitSeconds float64        `json:"fit_seconds"`
	Lists      [][]string     `json:"lists"` // in the cases' order
}

// run has every peer tuned, trained and asked for its lists.
func (p peerProgram) run(ctx context.Context, w week) (peerAnswer, error) {
	script, table, shoppers := filepath.Join(p.Folder, "peers.py"), filepath.Join(p.Folder, "train.tsv"), filepath.Join(p.Folder, "shoppers.txt")
	if err := os.WriteFile(script, peersSource, 0o600); err != nil {
		return peerAnswer{}, err
	}
	if err := w.writeTable(table); err != nil {
		return peerAnswer{}, err
	}
	if err := w.writeShoppers(shoppers); err != nil {
		return peerAnswer{}, err
	}
	program := exec.CommandContext(ctx, p.Python, script,
		"--table", table, "--shoppers", shoppers, "--as-of", strconv.FormatInt(w.Start.Start(time.UTC).Unix(), 10),
		"--k", strconv.Itoa(p.K), "--threads", strconv.Itoa(p.Threads), "--rounds", strconv.Itoa(p.Rounds))
	// implicit brings its own threads and asks for BLAS to have none.
	program.Env = append(os.Environ(), "OPENBLAS_NUM_THREADS=1", "MKL_NUM_THREADS=1", "OMP_NUM_THREADS="+strconv.Itoa(p.Threads))
	var printed bytes.Buffer
	program.Stdout, program.Stderr = &printed, os.Stderr
	if err := program.Run(); err != nil {
		return peerAnswer{}, fmt.Errorf("run the peers with %s, which needs what requirements/peers.txt lists: %w", p.Python, err)
	}
	var answer peerAnswer
	if err := json.Unmarshal(printed.Bytes(), &answer); err != nil {
		return peerAnswer{}, fmt.Errorf("read what the peers printed: %w", err)
	}
	return answer, nil
}

// measure measures a peer's lists; the seconds of a fit are the mean over the
// settings, each of which has a fit of its own.
func (p peerLists) measure(w week, k int) (learned, error) {
	shoppers, err := w.measure(p.All.Lists, p.New.Lists, k)
	if err != nil {
		return learned{}, fmt.Errorf("%s: %w", p.Name, err)
	}
	return learned{Summary: evaluation.Summarise(shoppers, k), shoppers: shoppers, TuneSeconds: p.TuneSeconds, FitSeconds: (p.All.FitSeconds + p.New.FitSeconds) / 2}, nil
}
