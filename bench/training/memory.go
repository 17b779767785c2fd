package main

import (
	"fmt"
	"os"
	"strings"
)

// memory is how many bytes of a process were resident at most.
type memory struct {
	All int64 `json:"all"`
	// Anonymous are those without pages of files, which are the program's own and its
	// libraries': the system has them once for all, and takes them back. They become
	// resident as code runs first, whatever it runs on.
	Anonymous int64 `json:"anonymous"`
}

// readMemory returns that of this process until now. (What the system tells of a child
// that has ended counts its parent in.)
func readMemory() (memory, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return memory{}, err
	}
	values := map[string]int64{"VmHWM": 0, "RssAnon": 0, "RssFile": 0}
	for name := range values {
		var kilobytes int64
		_, after, _ := strings.Cut(string(status), name+":")
		if _, err := fmt.Sscan(after, &kilobytes); err != nil {
			return memory{}, fmt.Errorf("/proc/self/status: %s: %w", name, err)
		}
		values[name] = 1024 * kilobytes
	}
	// There is no record of the most anonymous ones. Those of files have only become more.
	return memory{All: values["VmHWM"], Anonymous: max(values["RssAnon"], values["VmHWM"]-values["RssFile"])}, nil
}

// since is what has been added to another's.
func (m memory) since(base memory) memory {
	return memory{All: m.All - base.All, Anonymous: m.Anonymous - base.Anonymous}
}

// least is the lesser of two runs of the same.
func (m memory) least(other memory) memory {
	return memory{All: min(m.All, other.All), Anonymous: min(m.Anonymous, other.Anonymous)}
}
