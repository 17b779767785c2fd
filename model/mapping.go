package model

import (
	"errors"
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

// forget lets the kernel take the pages back that this process has touched; they come again, from the
// page cache, as they are used.
func (m *mapping) forget() error {
	if m.data == nil {
		return nil
	}
	if err := unix.Madvise(m.data, unix.MADV_DONTNEED); err != nil {
		return fmt.Errorf("forget what was read: %w", err)
	}
	return nil
}

// unmapAll unmaps all it can.
func unmapAll(mapped []*mapping) error {
	errs := make([]error, len(mapped))
	for i, m := range mapped {
		errs[i] = m.unmap()
	}
	return errors.Join(errs...)
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
