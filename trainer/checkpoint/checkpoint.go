// Package checkpoint keeps how far a factorisation has come, so that one that is
// ended goes on rather than starts over.
//
// A checkpoint is one file, written beside, brought to disk and renamed, with a
// SHA-256 over all of it at its end. It is kept under the digest of everything
// that decides the result, so that none is ever taken for another's; one that is
// damaged counts as none.
package checkpoint

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// suffix ends the name of a checkpoint.
const suffix = ".checkpoint"

// magic begins a checkpoint; the number is that of the format.
const magic = "daybreak checkpoint 1\n"

// State is a factorisation after a number of epochs.
type State struct {
	Losses       []float64 // one an epoch
	Users, Items []float32 // the factors
}

// Folder is where checkpoints are kept. A nil Folder keeps none.
type Folder struct {
	Dir   string
	Every int // epochs
}

// Due says whether a checkpoint is to be written after an epoch, counted from 1.
// One is after the last, so that what follows it needn't wait for it again.
func (f *Folder) Due(epoch, of int) bool {
	return f != nil && (epoch%max(1, f.Every) == 0 || epoch == of)
}

// header is what a file says of itself.
type header struct {
	Key    string    `json:"key"`
	Losses []float64 `json:"losses"`
	Users  int       `json:"users"` // values
	Items  int       `json:"items"`
}

// Save keeps a state under a key, which is hexadecimal, in place of the one
// before it.
func (f *Folder) Save(key string, state State) error {
	if f == nil {
		return nil
	}
	if err := f.save(key, state); err != nil {
		return fmt.Errorf("write checkpoint %s: %w", f.path(key), err)
	}
	return nil
}

func (f *Folder) path(key string) string { return filepath.Join(f.Dir, key+suffix) }

func (f *Folder) save(key string, state State) (err error) {
	if err := os.MkdirAll(f.Dir, 0o755); err != nil {
		return err
	}
	beside, err := os.CreateTemp(f.Dir, ".tmp-")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, beside.Close(), os.Remove(beside.Name()))
		}
	}()
	if err := encode(beside, key, state); err != nil {
		return err
	}
	if err := beside.Sync(); err != nil {
		return err
	}
	if err := os.Rename(beside.Name(), f.path(key)); err != nil {
		return err
	}
	if err := beside.Close(); err != nil {
		return err
	}
	return syncDir(f.Dir)
}

func syncDir(dir string) error {
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

func encode(file io.Writer, key string, state State) error {
	digest := sha256.New()
	w := io.MultiWriter(file, digest)
	described, err := json.Marshal(header{Key: key, Losses: state.Losses, Users: len(state.Users), Items: len(state.Items)})
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "%s%s\n", magic, described); err != nil {
		return err
	}
	for _, values := range [][]float32{state.Users, state.Items} {
		for part := range slices.Chunk(values, 1<<16) {
			buffer := make([]byte, 0, 4*len(part))
			for _, value := range part {
				buffer = binary.LittleEndian.AppendUint32(buffer, math.Float32bits(value))
			}
			if _, err := w.Write(buffer); err != nil {
				return err
			}
		}
	}
	_, err = file.Write(digest.Sum(nil))
	return err
}

// Load returns the state kept under a key, if a whole one is.
func (f *Folder) Load(key string) (state State, ok bool, err error) {
	if f == nil {
		return State{}, false, nil
	}
	content, err := os.ReadFile(f.path(key))
	if errors.Is(err, fs.ErrNotExist) {
		return State{}, false, nil
	}
	if err != nil {
		return State{}, false, fmt.Errorf("read checkpoint: %w", err)
	}
	state, err = decode(content, key)
	if err != nil {
		slog.Warn("a checkpoint is damaged; starting over", "file", f.path(key), "why", err.Error())
		return State{}, false, nil
	}
	return state, true, nil
}

func decode(content []byte, key string) (State, error) {
	if len(content) < sha256.Size {
		return State{}, fmt.Errorf("it has %d bytes", len(content))
	}
	content, sum := content[:len(content)-sha256.Size], content[len(content)-sha256.Size:]
	if found := sha256.Sum256(content); !bytes.Equal(found[:], sum) {
		return State{}, fmt.Errorf("its SHA-256 is %s; it says %s", hex.EncodeToString(found[:]), hex.EncodeToString(sum))
	}
	rest, ok := bytes.CutPrefix(content, []byte(magic))
	if !ok {
		return State{}, fmt.Errorf("it doesn't begin with %q", strings.TrimSpace(magic))
	}
	line, values, ok := bytes.Cut(rest, []byte("\n"))
	if !ok {
		return State{}, errors.New("it has no header")
	}
	var h header
	if err := json.Unmarshal(line, &h); err != nil {
		return State{}, fmt.Errorf("its header: %w", err)
	}
	if h.Key != key {
		return State{}, fmt.Errorf("it is of %.12s, not of %.12s", h.Key, key)
	}
	if h.Users < 0 || h.Items < 0 || h.Users > len(values)/4 || h.Items > len(values)/4 || 4*(h.Users+h.Items) != len(values) {
		return State{}, fmt.Errorf("it has %d bytes of values; its header says %d and %d values", len(values), h.Users, h.Items)
	}
	return State{Losses: h.Losses, Users: floats(values[:4*h.Users]), Items: floats(values[4*h.Users:])}, nil
}

func floats(content []byte) []float32 {
	values := make([]float32, len(content)/4)
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(content[4*i:]))
	}
	return values
}

// Remove removes all checkpoints and what a killed writer left, and the folder
// if nothing else is in it.
func (f *Folder) Remove() error {
	if f == nil {
		return nil
	}
	entries, err := os.ReadDir(f.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("remove checkpoints: %w", err)
	}
	others := false
	for _, entry := range entries {
		if name := entry.Name(); !strings.HasSuffix(name, suffix) && !strings.HasPrefix(name, ".tmp-") {
			others = true
			continue
		}
		if err := os.Remove(filepath.Join(f.Dir, entry.Name())); err != nil {
			return fmt.Errorf("remove checkpoints: %w", err)
		}
	}
	if others {
		return nil
	}
	if err := os.Remove(f.Dir); err != nil {
		return fmt.Errorf("remove checkpoints: %w", err)
	}
	return nil
}
