package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/daybreak-ml/daybreak/trainer/ranks/network"
)

// chosen leaves nothing to be chosen on windows: one factorisation is measured.
const chosen = "blend: {past: 1, past_offset: 0.1, past_exponent: 0.5, item_item: 1, factors: 0.5, popularity: 0.1}\n"

// port is where rank 0 listens, in its own namespace.
const port = "29500"

// training is what the ranks do.
type training struct {
	program, events, config string
}

// measured is what an epoch takes, the mean over epochs of the rank that computes
// longest, what the rank receives in it that receives most, and what goes over the
// wire beside epochs.
type measured struct {
	compute, wire, received float64
	byLeader, byOther       float64       // bytes sent outside of epochs by rank 0, and by the other that sent most
	sent                    float64       // bytes, by one rank, in its epochs
	whole                   time.Duration // from the start of the first process to the end of the last
	tensors                 string        // SHA-256
}

// measure trains by a number of ranks.
func (t training) measure(ctx context.Context, ranks int, rate, modelDir string) (best measured, err error) {
	links, err := network.New(ctx, ranks, rate)
	defer func() { err = errors.Join(err, links.Close()) }()
	if err != nil {
		return measured{}, err
	}
	if err := os.RemoveAll(modelDir); err != nil {
		return measured{}, err
	}
	logs := make([]bytes.Buffer, ranks)
	begin := time.Now()
	group, groupCtx := errgroup.WithContext(ctx)
	for rank := range ranks {
		group.Go(func() error {
			c := exec.CommandContext(groupCtx, "ip", "netns", "exec", links.Namespace(rank), t.program, "train", "--events", t.events,
				"--as-of", firstDay().AddDays(days).String(), "--config", t.config, "--model-dir", modelDir, "--holdout-salt", "", "--rendezvous-timeout", "1m",
				"--log-level", "debug")
			c.Env = append(os.Environ(), "GOMAXPROCS=1", "RANK="+strconv.Itoa(rank), "WORLD_SIZE="+strconv.Itoa(ranks),
				"MASTER_ADDR="+links.Address(0), "MASTER_PORT="+port)
			c.Stderr = &logs[rank]
			if err := c.Run(); err != nil {
				return fmt.Errorf("rank %d: %w: %s", rank, err, logs[rank].String())
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return measured{}, err
	}
	whole := time.Since(begin)
	var beside [2]float64 // of rank 0, of others
	for rank := range logs {
		if err := os.WriteFile(fmt.Sprintf("%s-rank-%d.log", modelDir, rank), logs[rank].Bytes(), 0o600); err != nil {
			return measured{}, err
		}
		m := epochs(&logs[rank])
		sent, err := links.Sent(ctx, rank)
		if err != nil {
			return measured{}, err
		}
		beside[min(rank, 1)] = max(beside[min(rank, 1)], float64(sent)-m.sent)
		m.received = max(m.received, best.received)
		if m.compute > best.compute {
			best = m
		}
		best.received = m.received
	}
	best.whole, best.byLeader, best.byOther = whole, beside[0], beside[1]
	tensors, err := os.ReadFile(filepath.Join(modelDir, "model.safetensors"))
	if err != nil {
		return measured{}, err
	}
	sum := sha256.Sum256(tensors)
	best.tensors = hex.EncodeToString(sum[:])
	return best, nil
}

// epochs averages what a rank logged of them.
func epochs(log *bytes.Buffer) measured {
	var mean measured
	var count float64
	for lines := bufio.NewScanner(log); lines.Scan(); {
		var record struct {
			Message  string  `json:"msg"`
			Compute  float64 `json:"compute_seconds"`
			Wire     float64 `json:"wire_seconds"`
			Received float64 `json:"received_bytes"`
			Sent     float64 `json:"sent_bytes"`
		}
		if json.Unmarshal(lines.Bytes(), &record) == nil && record.Message == "epoch" {
			mean.compute, mean.wire, mean.received = mean.compute+record.Compute, mean.wire+record.Wire, mean.received+record.Received
			mean.sent += record.Sent
			count++
		}
	}
	mean.compute, mean.wire, mean.received = mean.compute/count, mean.wire/count, mean.received/count
	return mean
}
