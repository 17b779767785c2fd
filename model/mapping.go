package model

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// A mapping is a file's content in memory, read-only, loaded by the kernel as it is touched and
// shared by all processes that map the file.
type mapping struct{ data []byte }

// mapFile maps the whole file. An empty one has an empty mapping.
func mapFile(path string) (*mapping, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // the mapping outlives the descriptor, which was only read
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() == 0 {
		return &mapping{}, nil
	}
	data, err := unix.Mmap(int(file.Fd()), 0, int(info.Size()), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map %s: %w", path, err)
	}
	return &mapping{data: data}, nil
}

func (m *mapping) unmap() error {
	if m.data == nil {
		return nil
	}
	data := m.data
	m.data = nil
	if err := unix.Munmap(data); err != nil {
		return fmt.Errorf("unmap: %w", err)
	}
	return nil
}
