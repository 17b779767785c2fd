package versions

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// A location is a model folder that was found, and the state it was found in.
type location struct {
	dir         string // without symbolic links
	version     string
	fingerprint uint64 // of the names, sizes and times of the files
}

// locate finds the models that a source means, newest first. Its folder is either a model folder,
// possibly through a symbolic link, or a folder of numbered model folders of which the highest count.
// The version of a model folder is the one given, else its own name if that is a number, else "0".
func locate(source Source) ([]location, error) {
	resolved, err := filepath.EvalSymlinks(source.Dir)
	if err != nil {
		return nil, err
	}
	if resolved, err = filepath.Abs(resolved); err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(resolved, "config.json")); err != nil {
		return highest(resolved, source.Keep)
	}
	version := source.Version
	if version == "" {
		version = "0"
		if isNumber(filepath.Base(resolved)) {
			version = filepath.Base(resolved)
		}
	}
	found, err := newLocation(resolved, version)
	return []location{found}, err
}

func newLocation(dir, version string) (location, error) {
	print, err := fingerprint(dir)
	return location{dir: dir, version: version, fingerprint: print}, err
}

// highest returns the folders in dir with the highest numbers for names, at most keep.
func highest(dir string, keep int) ([]location, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	numbers := map[string]uint64{}
	for _, entry := range entries {
		number, err := strconv.ParseUint(entry.Name(), 10, 64)
		if err != nil || !isNumber(entry.Name()) {
			continue
		}
		if info, err := os.Stat(filepath.Join(dir, entry.Name())); err == nil && info.IsDir() {
			numbers[entry.Name()] = number
		}
	}
	if len(numbers) == 0 {
		return nil, fmt.Errorf("%s holds neither config.json, as a model folder does, nor a folder named by a version number", dir)
	}
	sorted := slices.SortedFunc(maps.Keys(numbers), func(a, b string) int {
		return cmp.Or(cmp.Compare(numbers[b], numbers[a]), cmp.Compare(a, b))
	})
	var found []location
	for _, version := range sorted[:min(keep, len(sorted))] {
		path, err := filepath.EvalSymlinks(filepath.Join(dir, version))
		if err != nil {
			return nil, err
		}
		place, err := newLocation(path, version)
		if err != nil {
			return nil, err
		}
		found = append(found, place)
	}
	return found, nil
}

// isNumber says whether name is a version number as the registry writes it: digits, no sign.
func isNumber(name string) bool {
	for _, r := range name {
		if r < '0' || r > '9' {
			return false
		}
	}
	return name != ""
}

// fingerprint changes when a file below dir is added, removed or written. What Python compiled there
// is no part of a model.
func fingerprint(dir string) (uint64, error) {
	digest := fnv.New64a()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if entry.Name() == "__pycache__" {
				return filepath.SkipDir
			}
			return nil
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(digest, "%s %d %d\n", path, info.Size(), info.ModTime().UnixNano())
		return err
	})
	return digest.Sum64(), err
}
