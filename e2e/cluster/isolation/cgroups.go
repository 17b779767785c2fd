package isolation

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/daybreak-ml/daybreak/e2e/cluster/await"
)

// ControlGroup is the branch that holds everything of the cluster: components in
// "system", pods in "kubepods".
const ControlGroup = "/daybreak-e2e"

const hierarchies = "/sys/fs/cgroup"

// JoinControlGroup makes the cluster's branch and moves the calling process in.
func JoinControlGroup() error {
	roots, err := controlGroupRoots()
	if err != nil {
		return err
	}
	for _, root := range roots {
		if filepath.Base(root) == unified {
			continue
		}
		branch := filepath.Join(root, ControlGroup)
		system := filepath.Join(branch, "system")
		if err := os.MkdirAll(branch, 0o755); err != nil {
			return fmt.Errorf("make the cluster's control group: %w", err)
		}
		// In a unified hierarchy a group's controllers are what its parent hands on.
		for _, parent := range []string{root, branch} {
			if err := handOnControllers(parent); err != nil {
				return err
			}
		}
		if err := os.MkdirAll(system, 0o755); err != nil {
			return fmt.Errorf("make the components' control group: %w", err)
		}
		// A group of the old cpuset hierarchy starts with no processor and no memory.
		for _, group := range []string{branch, system} {
			for _, file := range []string{"cpuset.cpus", "cpuset.mems"} {
				if err := inherit(group, file); err != nil {
					return err
				}
			}
		}
		if err := os.WriteFile(filepath.Join(system, "cgroup.procs"), []byte("0"), 0o644); err != nil {
			return fmt.Errorf("join the components' control group: %w", err)
		}
	}
	return nil
}

// RemoveControlGroup removes the cluster's branch. The kernel needs a moment
// after the last process has gone.
func RemoveControlGroup(ctx context.Context) error {
	roots, err := controlGroupRoots()
	if err != nil {
		return err
	}
	for _, root := range roots {
		branch := filepath.Join(root, ControlGroup)
		err := await.True(ctx, 50*time.Millisecond, func() (bool, error) {
			err := removeTree(branch)
			if errors.Is(err, unix.EBUSY) {
				return false, nil
			}
			return err == nil, err
		})
		if err != nil {
			return fmt.Errorf("remove the control group %s: %w", branch, err)
		}
	}
	return nil
}

// PeakMemory is the most memory the cluster has held at once, in bytes, its pods
// and the files it had cached included.
func PeakMemory() (int64, error) {
	for _, path := range []string{"memory" + ControlGroup + "/memory.max_usage_in_bytes", ControlGroup + "/memory.peak"} {
		content, err := os.ReadFile(filepath.Join(hierarchies, path))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return 0, fmt.Errorf("read the peak of memory: %w", err)
		}
		return strconv.ParseInt(strings.TrimSpace(string(content)), 10, 64)
	}
	return 0, errors.New("the kernel keeps no peak of memory for control groups")
}

// unified is the hierarchy of version 2 beside those of version 1. It carries no
// controller, but runc makes groups in it.
const unified = "unified"

// controlGroupRoots are the hierarchies' roots: one of version 2, or a folder
// for each controller of version 1.
func controlGroupRoots() ([]string, error) {
	if _, err := os.Stat(filepath.Join(hierarchies, "cgroup.controllers")); err == nil {
		return []string{hierarchies}, nil
	}
	entries, err := os.ReadDir(hierarchies)
	if err != nil {
		return nil, fmt.Errorf("look for control groups: %w", err)
	}
	var roots []string
	for _, entry := range entries {
		if entry.IsDir() {
			roots = append(roots, filepath.Join(hierarchies, entry.Name()))
		}
	}
	if len(roots) == 0 {
		return nil, fmt.Errorf("no control groups are mounted below %s: containers need them", hierarchies)
	}
	return roots, nil
}

func handOnControllers(group string) error {
	content, err := os.ReadFile(filepath.Join(group, "cgroup.controllers"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the controllers of %s: %w", group, err)
	}
	for controller := range strings.FieldsSeq(string(content)) {
		err := os.WriteFile(filepath.Join(group, "cgroup.subtree_control"), []byte("+"+controller), 0o644)
		if err != nil {
			return fmt.Errorf("hand the controller %s on below %s: %w", controller, group, err)
		}
	}
	return nil
}

func inherit(group, file string) error {
	value, err := os.ReadFile(filepath.Join(filepath.Dir(group), file))
	if errors.Is(err, os.ErrNotExist) || len(strings.TrimSpace(string(value))) == 0 {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", file, err)
	}
	if err := os.WriteFile(filepath.Join(group, file), value, 0o644); err != nil {
		return fmt.Errorf("set %s of %s: %w", file, group, err)
	}
	return nil
}

// removeTree removes groups from the leaves up; their files go with them.
func removeTree(group string) error {
	entries, err := os.ReadDir(group)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if entry.IsDir() {
			if err := removeTree(filepath.Join(group, entry.Name())); err != nil {
				return err
			}
		}
	}
	if err := unix.Rmdir(group); err != nil && !errors.Is(err, unix.ENOENT) {
		return err
	}
	return nil
}
