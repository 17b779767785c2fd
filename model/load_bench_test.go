package model

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// BenchmarkLoad opens the model folder that DAYBREAK_MODEL names, from a warm page cache, and says how
// long its checksums took and all the rest, the golden requests included, on the clock and of the
// processor's time (which other programs disturb less); of each the least.
func BenchmarkLoad(b *testing.B) {
	dir := os.Getenv("DAYBREAK_MODEL")
	if dir == "" {
		b.Skip("DAYBREAK_MODEL names no model folder")
	}
	sums, rest, sumsCPU, restCPU := time.Hour, time.Hour, time.Hour, time.Hour
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
		began, beganCPU := time.Now(), cpu(b)
		if err := f.verify(listed); err != nil {
			b.Fatal(err)
		}
		verified, verifiedCPU := time.Now(), cpu(b)
		m, err := f.model()
		if err != nil {
			b.Fatal(err)
		}
		if err := VerifyGolden(m); err != nil {
			b.Fatal(err)
		}
		sums, rest = min(sums, verified.Sub(began)), min(rest, time.Since(verified))
		sumsCPU, restCPU = min(sumsCPU, verifiedCPU-beganCPU), min(restCPU, cpu(b)-verifiedCPU)
		if err := unmapAll(f.mappings()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(sums.Milliseconds()), "ms-checksums")
	b.ReportMetric(float64(rest.Milliseconds()), "ms-rest")
	b.ReportMetric(float64(sumsCPU.Milliseconds()), "cpu-ms-checksums")
	b.ReportMetric(float64(restCPU.Milliseconds()), "cpu-ms-rest")
}

// cpu is the processor time, over all cores, that this process has used.
func cpu(b *testing.B) time.Duration {
	var usage unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
