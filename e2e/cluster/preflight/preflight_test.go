package preflight

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCheckNamesWhatIsMissingAndHowItIsHad(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Machine)
		want   string // "": nothing is missing
	}{
		{"a machine that has everything passes", func(*Machine) {}, ""},
		{"a user other than root is told to become root", func(m *Machine) { m.UserID = 1000 }, "run this as root"},
		{"programs that are missing are named by their packages, each once", func(m *Machine) {
			m.LookPath = func(name string) (string, error) {
				if name == "containerd" || name == "ctr" || name == "nft" {
					return "", errors.New("not found")
				}
				return "/bin/" + name, nil
			}
		}, "apt-get install -y --no-install-recommends containerd nftables"},
		{"network plugins that are missing are named by their package", func(m *Machine) {
			m.Plugins = "/nowhere"
		}, "apt-get install -y --no-install-recommends containernetworking-plugins"},
		{"a kernel without overlayfs", func(m *Machine) { m.Filesystems = "nodev\ttmpfs\n" }, "modprobe overlay"},
		{"a full disk", func(m *Machine) { m.FreeBytes = 1 << 20 }, "/state has 1 MiB free where 4096 are needed"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			machine := complete(t)
			test.change(&machine)
			err := machine.Check()
			if test.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, test.want)
		})
	}
}

func TestLookMeasuresTheDiskOfAFolderThatIsNotThereYet(t *testing.T) {
	machine, err := Look(filepath.Join(t.TempDir(), "a", "b"))
	require.NoError(t, err)
	require.Positive(t, machine.FreeBytes)
}

// complete is a machine that has everything.
func complete(t *testing.T) Machine {
	t.Helper()
	folder := t.TempDir()
	for _, plugin := range plugins {
		require.NoError(t, os.WriteFile(filepath.Join(folder, plugin), nil, 0o755))
	}
	return Machine{
		Filesystems: "nodev\toverlay\n", Plugins: folder, StateDir: "/state", FreeBytes: 1 << 40,
		LookPath: func(name string) (string, error) { return "/bin/" + name, nil },
	}
}
