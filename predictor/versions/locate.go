package versions

import (
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

// A location is a model folder that was found, and the state it was found in.
type location struct {
	dir         string // without symbolic links
	version     string
	fingerprint uint64 // of the names, sizes and times of the files
}

// locate finds the model that --model_dir means. It is either a model folder, possibly through a
// symbolic link, or a folder of numbered model folders of which the highest counts. version, unless
// it is empty, is the version of a model folder; otherwise its own name is, if that is a number,
// and else "0".
func locate(dir, version string) (location, error) {
	resolved, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return location{}, err
	}
	if resolved, err = filepath.Abs(resolved); err != nil {
		return location{}, err
	}
	if _, err := os.Stat(filepath.Join(resolved, "config.json")); err == nil {
		if version == "" {
			version = "0"
			if isNumber(filepath.Base(resolved)) {
				version = filepath.Base(resolved)
			}
		}
	} else if resolved, version, err = highest(resolved); err != nil {
		return location{}, err
	}
	print, err := fingerprint(resolved)
	if err != nil {
		return location{}, err
	}
	return location{dir: resolved, version: version, fingerprint: print}, nil
}

// highest returns the folder in dir with the highest number for a name.
func highest(dir string) (path, version string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", "", err
	}
	var most uint64
	for _, entry := range entries {
		number, err := strconv.ParseUint(entry.Name(), 10, 64)
		if err != nil || !isNumber(entry.Name()) {
			continue
		}
		if info, err := os.Stat(filepath.Join(dir, entry.Name())); err != nil || !info.IsDir() {
			continue
		}
		if version == "" || number > most {
			most, version = number, entry.Name()
		}
	}
	if version == "" {
		return "", "", fmt.Errorf("%s holds neither config.json, as a model folder does, nor a folder named by a version number", dir)
	}
	path, err = filepath.EvalSymlinks(filepath.Join(dir, version))
	return path, version, err
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

// fingerprint changes when a file below dir is added, removed or written.
func fingerprint(dir string) (uint64, error) {
	digest := fnv.New64a()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
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
