package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"unsafe"

	"github.com/daybreak-ml/daybreak/model"
)

// A problem is what is learned from and what it is measured on.
type problem struct {
	Name        string `json:"name"`
	Users       int    `json:"users"`
	Items       int    `json:"items"`
	Entries     int    `json:"entries"` // of the matrix; a shopper and an item are one
	ExcludeSeen bool   `json:"exclude_seen"`

	train  model.CSR // [users, items]
	sample []int32   // the shoppers measured
	truth  model.CSR // [sample, items]
}

// bytes is the size of the matrix, by shopper and by item, and of the factors: what
// no learner can do without.
func (p *problem) bytes(rank int) int {
	return 2*8*p.Entries + 8*(p.Users+p.Items+2) + 4*rank*(p.Users+p.Items)
}

// write puts the problem into folder, for learners to read: an array a file, in
// the machine's byte order.
func (p *problem) write(folder string) error {
	description, err := json.Marshal(p)
	if err != nil {
		return err
	}
	for name, content := range map[string][]byte{
		"problem.json": description,
		"indptr":       raw(p.train.Indptr),
		"indices":      raw(p.train.Indices),
		"weights":      raw(p.train.Weights),
		"sample":       raw(p.sample),
	} {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// readProblem reads what a learner needs of it.
func readProblem(folder string) (*problem, error) {
	description, err := os.ReadFile(filepath.Join(folder, "problem.json"))
	if err != nil {
		return nil, err
	}
	p := &problem{}
	if err := json.Unmarshal(description, p); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(folder, "problem.json"), err)
	}
	if p.train.Indptr, err = read[int64](filepath.Join(folder, "indptr")); err != nil {
		return nil, err
	}
	if p.train.Indices, err = read[int32](filepath.Join(folder, "indices")); err != nil {
		return nil, err
	}
	if p.train.Weights, err = read[float32](filepath.Join(folder, "weights")); err != nil {
		return nil, err
	}
	p.sample, err = read[int32](filepath.Join(folder, "sample"))
	return p, err
}

type number interface{ ~int32 | ~int64 | ~float32 }

// raw is the memory of values.
func raw[T number](values []T) []byte {
	var one T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(values))), len(values)*int(unsafe.Sizeof(one)))
}

// read reads an array that raw was written of.
func read[T number](path string) ([]T, error) {
	var one T
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if len(data) == 0 || len(data)%int(unsafe.Sizeof(one)) != 0 {
		return nil, fmt.Errorf("%s: %d bytes are no whole number of values", path, len(data))
	}
	// The runtime aligns what is this large to pages, and anything to what its size asks for.
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(data))), len(data)/int(unsafe.Sizeof(one))), nil
}
