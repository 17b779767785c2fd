package isolation

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// sharedFolders are paths fixed in kubelet and the network plugins. Inside the
// cluster a folder of its own lies there.
var sharedFolders = []string{"/var/lib/kubelet", "/var/lib/cni", "/var/lib/containerd"}

// kernelSettings are what kubelet wants of settings that no namespace keeps
// apart. It writes those that differ; so it is shown files that don't.
var kernelSettings = map[string]string{
	"vm/overcommit_memory":      "1",
	"vm/panic_on_oom":           "0",
	"kernel/panic":              "10",
	"kernel/panic_on_oops":      "1",
	"kernel/keys/root_maxkeys":  "1000000",
	"kernel/keys/root_maxbytes": "25000000",
}

// PrepareHost makes the empty folders that Mounts covers, where the machine has
// none, and returns those it made, for RestoreHost to remove.
func PrepareHost() ([]string, error) {
	var made []string
	for _, folder := range sharedFolders {
		err := os.Mkdir(folder, 0o755)
		if errors.Is(err, os.ErrExist) {
			continue
		}
		if err != nil {
			return made, fmt.Errorf("make an empty folder to mount on: %w", err)
		}
		made = append(made, folder)
	}
	return made, nil
}

// RestoreHost removes the folders that PrepareHost made, if they are still empty.
func RestoreHost(made []string) error {
	for _, folder := range made {
		err := os.Remove(folder)
		if err != nil && !errors.Is(err, os.ErrNotExist) && !errors.Is(err, unix.ENOTEMPTY) {
			return fmt.Errorf("remove the folder mounted on: %w", err)
		}
	}
	return nil
}

// Mounts changes what the calling process, alone in a mount namespace of its
// own, and its children see: /proc of the process namespace, empty /run and
// /var/log, and folders below dir where components insist on fixed paths.
func Mounts(dir string) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("keep mounts private: %w", err)
	}
	if err := unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("mount /proc: %w", err)
	}
	for _, folder := range []string{"/run", "/var/log"} {
		if err := unix.Mount("tmpfs", folder, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=755"); err != nil {
			return fmt.Errorf("mount an empty %s: %w", folder, err)
		}
	}
	for _, folder := range sharedFolders {
		if err := bind(filepath.Join(dir, filepath.Base(folder)), folder); err != nil {
			return err
		}
	}
	return coverKernelSettings(filepath.Join(dir, "sysctl"))
}

func bind(source, target string) error {
	if err := os.MkdirAll(source, 0o755); err != nil {
		return fmt.Errorf("make the folder for %s: %w", target, err)
	}
	if err := unix.Mount(source, target, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("mount %s on %s: %w", source, target, err)
	}
	return nil
}

func coverKernelSettings(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make the folder of kernel settings: %w", err)
	}
	for name, value := range kernelSettings {
		path := filepath.Join("/proc/sys", name)
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			continue
		}
		file := filepath.Join(dir, filepath.Base(name))
		if err := os.WriteFile(file, []byte(value+"\n"), 0o644); err != nil {
			return fmt.Errorf("write the setting %s: %w", name, err)
		}
		if err := unix.Mount(file, path, "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("cover %s: %w", path, err)
		}
	}
	return nil
}

// CheckOverlay mounts an overlay on folders below dir, as containerd will.
func CheckOverlay(dir string) error {
	root := filepath.Join(dir, "overlay-check")
	for _, name := range []string{"lower", "upper", "work", "merged"} {
		if err := os.MkdirAll(filepath.Join(root, name), 0o755); err != nil {
			return fmt.Errorf("make folders to try overlayfs on: %w", err)
		}
	}
	options := fmt.Sprintf("lowerdir=%[1]s/lower,upperdir=%[1]s/upper,workdir=%[1]s/work", root)
	merged := filepath.Join(root, "merged")
	if err := unix.Mount("overlay", merged, "overlay", 0, options); err != nil {
		return fmt.Errorf("containers need overlayfs, which can't be mounted on %s (%w): "+
			"load it with `modprobe overlay`, or name a folder on ext4 or xfs with --state-dir", dir, err)
	}
	return errors.Join(unix.Unmount(merged, 0), os.RemoveAll(root))
}
