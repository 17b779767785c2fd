package model

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
)

// sums is SHA256SUMS: by slash-separated path, the SHA-256 in hex of every other file.
type sums map[string]string

func hexSHA256(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// encode returns the sums as sha256sum(1) writes and checks them, by path.
func (s sums) encode() []byte {
	var file bytes.Buffer
	for _, path := range slices.Sorted(maps.Keys(s)) {
		fmt.Fprintf(&file, "%s  %s\n", s[path], path)
	}
	return file.Bytes()
}

// decodeSums reads what encode writes, and nothing else.
func decodeSums(file []byte) (sums, error) {
	s := sums{}
	for number := 1; len(file) > 0; number++ {
		line, rest, ended := bytes.Cut(file, []byte("\n"))
		if !ended {
			return nil, fmt.Errorf("line %d is cut off", number)
		}
		file = rest
		sum, path, found := bytes.Cut(line, []byte("  "))
		if !found || !isHexSHA256(sum) {
			return nil, fmt.Errorf("line %d is not a SHA-256 in hex, two spaces and a path", number)
		}
		if !filepath.IsLocal(string(path)) || filepath.ToSlash(filepath.Clean(string(path))) != string(path) {
			return nil, fmt.Errorf("line %d: %q is not a path within the folder", number, path)
		}
		if _, twice := s[string(path)]; twice {
			return nil, fmt.Errorf("line %d: %s is listed twice", number, path)
		}
		s[string(path)] = string(sum)
	}
	return s, nil
}

func isHexSHA256(text []byte) bool {
	if len(text) != hex.EncodedLen(sha256.Size) {
		return false
	}
	return !bytes.ContainsFunc(text, func(r rune) bool { return (r < '0' || r > '9') && (r < 'a' || r > 'f') })
}
