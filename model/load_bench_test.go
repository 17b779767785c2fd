package model

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// BenchmarkLoad opens the model folder that DAYBREAK_MODEL names, from a warm page cache, and says how
// long its checksums took and all the rest, the golden requests included; of each the fastest.
func BenchmarkLoad(b *testing.B) {
	dir := os.Getenv("DAYBREAK_MODEL")
	if dir == "" {
		b.Skip("DAYBREAK_MODEL names no model folder")
	}
	sums, rest := time.Hour, time.Hour
	for b.Loop() {
		listed, err := readSums(dir)
		if err != nil {
			b.Fatal(err)
		}
		f := &folder{dir: dir, files: map[string]*mapping{}}
		for path := range listed {
			if f.files[path], err = mapFile(filepath.Join(dir, path)); err != nil {
				b.Fatal(err)
			}
		}
		began := time.Now()
		if err := f.verify(listed); err != nil {
			b.Fatal(err)
		}
		verified := time.Now()
		m, err := f.model()
		if err != nil {
			b.Fatal(err)
		}
		if err := VerifyGolden(m); err != nil {
			b.Fatal(err)
		}
		sums, rest = min(sums, verified.Sub(began)), min(rest, time.Since(verified))
		if err := unmapAll(f.mappings()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(sums.Milliseconds()), "ms-checksums")
	b.ReportMetric(float64(rest.Milliseconds()), "ms-rest")
}
