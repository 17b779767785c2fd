package model

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
)

// chunkSize is how many bytes of a large file have a sum of their own.
const chunkSize = 8 << 20

// chunkSums is CHUNKSUMS.json: the SHA-256 of each chunk of the large files, so that all cores can
// verify one. A model has it if one of its files is larger than a chunk. SHA256SUMS vouches for it,
// and it repeats the sums of SHA256SUMS, so that neither can differ alone.
type chunkSums struct {
	ChunkBytes int                      `json:"chunk_bytes"`
	Files      map[string]fileChunkSums `json:"files"`
}

type fileChunkSums struct {
	SHA256 string   `json:"sha256"` // as in SHA256SUMS
	Chunks []string `json:"chunks"` // of each chunk, in order; the last is shorter
}

func newChunkSums() chunkSums {
	return chunkSums{ChunkBytes: chunkSize, Files: map[string]fileChunkSums{}}
}

// add notes the chunks of a file that has several.
func (c chunkSums) add(path string, digest *chunkDigest) {
	if chunks := digest.sums(); len(chunks) > 1 {
		c.Files[path] = fileChunkSums{SHA256: digest.sum(), Chunks: chunks}
	}
}

// decodeChunkSums reads CHUNKSUMS.json and compares it with SHA256SUMS.
func decodeChunkSums(file []byte, listed sums) (chunkSums, error) {
	var c chunkSums
	decoder := json.NewDecoder(bytes.NewReader(file))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&c); err != nil {
		return c, err
	}
	if c.ChunkBytes < 1 {
		return c, fmt.Errorf("chunk_bytes is %d; it must be 1 or more", c.ChunkBytes)
	}
	for path, f := range c.Files {
		if listed[path] != f.SHA256 {
			return c, fmt.Errorf("the SHA-256 of %s is not the one in %s", path, fileSums)
		}
	}
	return c, nil
}

// part is a piece of a file that has a sum of its own.
type part struct {
	path    string
	content []byte
	sum     string
}

// parts splits files, by path, into what can be verified alone.
func (c chunkSums) parts(files map[string]*mapping, listed sums) ([]part, error) {
	var all []part
	for path, file := range files {
		chunked, has := c.Files[path]
		if !has {
			all = append(all, part{path, file.data, listed[path]})
			continue
		}
		count := (len(file.data) + c.ChunkBytes - 1) / c.ChunkBytes
		if count != len(chunked.Chunks) {
			return nil, fmt.Errorf("%s: has %d chunks; %s lists %d", path, count, fileChunks, len(chunked.Chunks))
		}
		for n, sum := range chunked.Chunks {
			begin := n * c.ChunkBytes
			all = append(all, part{path, file.data[begin:min(begin+c.ChunkBytes, len(file.data))], sum})
		}
	}
	return all, nil
}

// A chunkDigest sums what is written to it, the whole and each chunk.
type chunkDigest struct {
	whole, chunk hash.Hash
	filled       int // bytes of the chunk that is under way
	done         []string
}

func newChunkDigest() *chunkDigest { return &chunkDigest{whole: sha256.New(), chunk: sha256.New()} }

func (d *chunkDigest) Write(data []byte) (int, error) {
	written := len(data)
	_, _ = d.whole.Write(data) // a hash never fails
	for len(data) > 0 {
		n := min(len(data), chunkSize-d.filled)
		_, _ = d.chunk.Write(data[:n])
		data = data[n:]
		if d.filled += n; d.filled == chunkSize {
			d.done = append(d.done, hex.EncodeToString(d.chunk.Sum(nil)))
			d.chunk.Reset()
			d.filled = 0
		}
	}
	return written, nil
}

func (d *chunkDigest) sum() string { return hex.EncodeToString(d.whole.Sum(nil)) }

func (d *chunkDigest) sums() []string {
	if d.filled == 0 {
		return d.done
	}
	return append(d.done, hex.EncodeToString(d.chunk.Sum(nil)))
}
