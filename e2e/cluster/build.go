package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/daybreak-ml/daybreak/e2e/build"
	"github.com/daybreak-ml/daybreak/e2e/cluster/controllers"
	"github.com/daybreak-ml/daybreak/e2e/cluster/node"
	"github.com/daybreak-ml/daybreak/e2e/images/archive"
)

type buildCommand struct{}

func (buildCommand) Run(ctx context.Context, cli *commands) error {
	cache, err := cli.cache()
	if err != nil {
		return err
	}
	chosen := build.All()
	paths, err := cache.Binaries(ctx, chosen)
	if err != nil {
		return err
	}
	for _, program := range chosen {
		fmt.Println(paths[program.Name])
	}
	return nil
}

func (c *commands) cache() (build.Cache, error) {
	root, err := build.FindRoot()
	if err != nil {
		return build.Cache{}, err
	}
	return build.NewCache(root, c.CacheDir)
}

// probeImage is the program that tests run in pods.
const probeImage = "daybreak.dev/e2e/probe:1"

// baseImages are the tars of what every cluster holds: the pause and the probe,
// and the controllers.
func baseImages(ctx context.Context, cache build.Cache, chosen []controllers.Controller, binaries map[string]string) ([]string, error) {
	var paths []string
	for _, own := range []struct{ name, image string }{{"pause", node.PauseImage}, {"probe", probeImage}} {
		program := filepath.Join(cache.Dir, own.name)
		if err := buildOwn(ctx, cache, own.name, program); err != nil {
			return nil, err
		}
		path := program + ".tar"
		if _, err := archive.Write(path, archive.Image{
			Name: own.image, Program: program, Entrypoint: "/" + own.name, Title: "For tests on a cluster",
		}); err != nil {
			return nil, err
		}
		paths = append(paths, path)
	}
	for _, controller := range chosen {
		for _, image := range controller.Images {
			path, err := controllerImage(image, binaries[image.Program.Name])
			if err != nil {
				return nil, err
			}
			paths = append(paths, path)
		}
	}
	return paths, nil
}

// controllerImage lies beside the binary, whose name changes with its content.
func controllerImage(image controllers.Image, program string) (string, error) {
	path := program + ".tar"
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	_, err := archive.Write(path, archive.Image{
		Name: image.Name, Program: program, Entrypoint: image.Entrypoint, Title: "Built from its module for tests on a cluster",
	})
	return path, err
}

// buildOwn builds a program of this module. Go's build cache makes it quick.
func buildOwn(ctx context.Context, cache build.Cache, name, path string) error {
	command := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", path, "./"+name)
	command.Dir = cache.Root
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", name, err, strings.TrimSpace(string(output)))
	}
	return nil
}
