package model

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A mapping is a file's content in memory, read-only, loaded by the kernel as it is touched and
// shared by all processes that map the file.
type mapping struct {
	data []byte
	file *os.File // nil of an empty file
}

// mapFile maps the whole file. An empty one has an empty mapping.
func mapFile(path string) (*mapping, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	if info.Size() == 0 {
		return &mapping{}, file.Close()
	}
	data, err := unix.Mmap(int(file.Fd()), 0, int(info.Size()), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("map %s: %w", path, err), file.Close())
	}
	return &mapping{data: data, file: file}, nil
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
	data, file := m.data, m.file
	m.data, m.file = nil, nil
	if err := unix.Munmap(data); err != nil {
		return errors.Join(fmt.Errorf("unmap: %w", err), file.Close())
	}
	return file.Close()
}

// copied returns a copy in memory, which grows if need be, of values that lie in the mapping. The file
// is read for it, so that no page of the mapping becomes resident: the kernel would map those around
// it, too. Where reading fails it returns values, as they lie.
func copied[E element](m *mapping, values []E, memory *[]E) []E {
	if len(values) == 0 {
		return values
	}
	*memory = slices.Grow((*memory)[:0], len(values))[:len(values)]
	begins := uintptr(unsafe.Pointer(unsafe.SliceData(values))) - uintptr(unsafe.Pointer(unsafe.SliceData(m.data)))
	if readNow(m.file.Fd(), asBytes(*memory), int64(begins)) {
		return *memory
	}
	if _, err := m.file.ReadAt(asBytes(*memory), int64(begins)); err != nil {
		return values
	}
	return *memory
}
