package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

type rankCommand struct {
	Within time.Duration `default:"1m" help:"How long to wait for the other ranks."`
}

// Run prints the environment that tells a rank its place, and returns when every
// rank has met the first.
func (c rankCommand) Run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, c.Within)
	defer cancel()
	if err := json.NewEncoder(os.Stdout).Encode(placement()); err != nil {
		return err
	}
	rank, err := number("PET_NODE_RANK", "RANK")
	if err != nil {
		return err
	}
	count, err := number("PET_NNODES", "WORLD_SIZE")
	if err != nil {
		return err
	}
	if rank == 0 {
		return meet(ctx, first("PET_MASTER_PORT", "MASTER_PORT"), count-1)
	}
	return greet(ctx, net.JoinHostPort(first("PET_MASTER_ADDR", "MASTER_ADDR"), first("PET_MASTER_PORT", "MASTER_PORT")))
}

// placement is the part of the environment that operators set.
func placement() map[string]string {
	found := map[string]string{}
	for _, entry := range os.Environ() {
		name, value, _ := strings.Cut(entry, "=")
		switch {
		case strings.HasPrefix(name, "PET_"), name == "RANK", name == "WORLD_SIZE", name == "MASTER_ADDR", name == "MASTER_PORT":
			found[name] = value
		}
	}
	return found
}

func first(names ...string) string {
	for _, name := range names {
		if value := os.Getenv(name); value != "" {
			return value
		}
	}
	return ""
}

func number(names ...string) (int, error) {
	value, err := strconv.Atoi(first(names...))
	if err != nil {
		return 0, fmt.Errorf("none of %v is a number: %w", names, err)
	}
	return value, nil
}

// meet answers the given number of other ranks.
func meet(ctx context.Context, port string, others int) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", ":"+port)
	if err != nil {
		return fmt.Errorf("listen for other ranks: %w", err)
	}
	context.AfterFunc(ctx, func() { _ = listener.Close() }) // ends Accept
	for range others {
		connection, err := listener.Accept()
		if err != nil {
			return fmt.Errorf("wait for other ranks: %w", err)
		}
		_, err = connection.Write([]byte("met\n"))
		if err := errors.Join(err, connection.Close()); err != nil {
			return fmt.Errorf("answer a rank: %w", err)
		}
	}
	return nil
}

// greet dials the first rank until it answers.
func greet(ctx context.Context, address string) error {
	var last error
	for ctx.Err() == nil {
		connection, err := new(net.Dialer).DialContext(ctx, "tcp", address)
		if err == nil {
			answer, readErr := io.ReadAll(connection)
			if err := errors.Join(readErr, connection.Close()); err != nil {
				return fmt.Errorf("read the first rank's answer: %w", err)
			}
			if string(answer) == "met\n" {
				return nil
			}
			err = fmt.Errorf("the first rank answered %q", answer)
		}
		last = err
		time.Sleep(100 * time.Millisecond)
	}
	return fmt.Errorf("meet the first rank at %s: %w", address, last)
}
