package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

type waitForHostCommand struct {
	Host   string        `arg:"" help:"Name to resolve."`
	Within time.Duration `default:"2m" help:"How long to try."`
}

// Run asks for the name again and again.
func (c waitForHostCommand) Run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, c.Within)
	defer cancel()
	for {
		addresses, err := net.DefaultResolver.LookupHost(ctx, c.Host)
		if err == nil {
			fmt.Println(strings.Join(addresses, "\n"))
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("resolve %s: %w", c.Host, err)
		}
		time.Sleep(200 * time.Millisecond)
	}
}

type fetchCommand struct {
	URI    string `arg:"" help:"SCHEME://TEXT"`
	Folder string `arg:"" help:"Folder to put the file \"version\" into."`
}

// Run writes TEXT, as a storage initializer would write a model.
func (c fetchCommand) Run() error {
	_, text, found := strings.Cut(c.URI, "://")
	if !found || text == "" {
		return fmt.Errorf("the URI %s is not SCHEME://TEXT", c.URI)
	}
	return writeCommand{Path: filepath.Join(c.Folder, "version"), Text: text}.Run()
}

type writeCommand struct {
	Path string `arg:"" help:"File to write."`
	Text string `arg:"" help:"What to write."`
}

// Run writes the file.
func (c writeCommand) Run() error {
	if err := os.WriteFile(c.Path, []byte(c.Text), 0o644); err != nil {
		return fmt.Errorf("write as user %d: %w", os.Geteuid(), err)
	}
	return nil
}

type readCommand struct {
	Path string `arg:"" help:"File to print."`
}

// Run prints the file.
func (c readCommand) Run() error {
	content, err := os.ReadFile(c.Path)
	if err != nil {
		return fmt.Errorf("read as user %d: %w", os.Geteuid(), err)
	}
	fmt.Printf("%s", content)
	return nil
}

type allocateCommand struct {
	Mebibytes int           `arg:"" help:"How much memory to fill."`
	After     time.Duration `default:"2s" help:"How long to wait first. A container that dies as it starts isn't watched yet, and nobody learns that it ran out of memory."`
}

// Run touches every page, so that the memory is really taken, and stays.
func (c allocateCommand) Run(ctx context.Context) error {
	time.Sleep(c.After)
	memory := make([]byte, c.Mebibytes<<20)
	for i := 0; i < len(memory); i += unix.Getpagesize() {
		memory[i] = 1
	}
	fmt.Println("filled", len(memory)>>20, "MiB")
	<-ctx.Done()
	return nil
}
