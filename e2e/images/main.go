// Command images builds Daybreak's container images: a static program each, as
// tars, the same bytes on every build, and beside them a kustomize component that
// names them by their digests.
//
//	go run ./images --out DIR
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"text/tabwriter"

	"github.com/alecthomas/kong"
	"golang.org/x/sys/unix"

	"github.com/daybreak-ml/daybreak/e2e/build"
	"github.com/daybreak-ml/daybreak/e2e/images/archive"
	"github.com/daybreak-ml/daybreak/e2e/images/pins"
)

// component is a program of the product.
type component struct {
	name  string
	dir   string // of its package main, from the repository's root
	title string
	limit int64 // of the image's size, in bytes
	// named is set for what is built only when --only names it.
	named bool
}

const megabyte = 1_000_000

var components = []component{
	{name: "predictor", dir: "predictor", title: "Serves a model to KServe's protocols", limit: 40 * megabyte},
	{name: "trainer", dir: "trainer", title: "Learns a model from events", limit: 40 * megabyte},
	{name: "pipelines", dir: "pipelines", title: "Runs the nightly steps", limit: 90 * megabyte},
	{name: "initializer", dir: "mlflow/initializer", title: "Fetches a model for KServe", limit: 40 * megabyte},
	{name: "storefront", dir: "storefront", title: "A small shop that asks for recommendations", limit: 40 * megabyte},
	{name: "probe", dir: "e2e/probe", title: "What tests on a cluster run in pods", limit: 40 * megabyte, named: true},
}

type flags struct {
	Out    string   `required:"" help:"Folder to write <name>.tar to." type:"path"`
	Tag    string   `default:"dev" help:"Tag of the images."`
	Prefix string   `default:"ghcr.io/daybreak-ml" help:"What stands before an image's name."`
	Only   []string `help:"Build these alone (default: all that the repository holds)."`
	Output string   `default:"text" enum:"text,json" help:"How to print what was built: text or json."`
}

func main() {
	var options flags
	parser := kong.Parse(&options, kong.Description("Build Daybreak's container images."), kong.DefaultEnvars("DAYBREAK"))
	ctx, stop := signal.NotifyContext(context.Background(), unix.SIGINT, unix.SIGTERM)
	defer stop()
	parser.FatalIfErrorf(run(ctx, options))
}

func run(ctx context.Context, options flags) error {
	root, err := build.FindRoot()
	if err != nil {
		return err
	}
	chosen, err := choose(filepath.Dir(root), options.Only)
	if err != nil {
		return err
	}
	var written []archive.Written
	for _, component := range chosen {
		image, err := component.build(ctx, filepath.Dir(root), options)
		if err != nil {
			return err
		}
		written = append(written, image)
	}
	if err := pins.Write(options.Out, written); err != nil {
		return err
	}
	return print(written, options.Output)
}

// choose is what was asked for, or every component whose folder is there.
func choose(repository string, names []string) ([]component, error) {
	var chosen []component
	for _, component := range components {
		_, err := os.Stat(filepath.Join(repository, component.dir, "main.go"))
		wanted := slices.Contains(names, component.name) || len(names) == 0 && !component.named
		if err == nil && wanted {
			chosen = append(chosen, component)
		}
	}
	if len(chosen) == 0 || len(names) > len(chosen) {
		return nil, fmt.Errorf("--only %v: the repository holds no such program", names)
	}
	return chosen, nil
}

func (c component) build(ctx context.Context, repository string, options flags) (archive.Written, error) {
	dir, err := os.MkdirTemp("", "daybreak-image-")
	if err != nil {
		return archive.Written{}, fmt.Errorf("make a folder to build in: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }() // nothing of value is left in it
	program := filepath.Join(dir, c.name)
	// timetzdata: the image has no time zones of its own.
	command := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-tags", "timetzdata",
		"-ldflags", "-s -w", "-o", program, ".")
	command.Dir = filepath.Join(repository, c.dir)
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	command.Stdout, command.Stderr = os.Stderr, os.Stderr
	if err := command.Run(); err != nil {
		return archive.Written{}, fmt.Errorf("build %s: %w", c.name, err)
	}
	written, err := archive.Write(filepath.Join(options.Out, c.name+".tar"), archive.Image{
		Name: options.Prefix + "/" + c.name + ":" + options.Tag, Program: program, Entrypoint: "/" + c.name, Title: c.title,
	})
	if err != nil {
		return archive.Written{}, err
	}
	if written.Size > c.limit {
		return archive.Written{}, fmt.Errorf("the image of %s has %d bytes, more than the %d it may have: what does it link now?",
			c.name, written.Size, c.limit)
	}
	return written, nil
}

func print(images []archive.Written, format string) error {
	if format == "json" {
		encoder := json.NewEncoder(os.Stdout)
		encoder.SetIndent("", "  ")
		return encoder.Encode(images)
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	_, err := fmt.Fprintln(table, "IMAGE\tSIZE\tDIGEST\tFILE")
	for _, image := range images {
		_, rowErr := fmt.Fprintf(table, "%s\t%.1f MB\t%s\t%s\n", image.Name, float64(image.Size)/megabyte, image.Digest, image.Path)
		err = errors.Join(err, rowErr)
	}
	return errors.Join(err, table.Flush())
}
