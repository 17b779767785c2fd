// Package contentcoding reads requests that come compressed and compresses answers for those who take
// them so: gzip and zstd, as HTTP's Content-Encoding and Accept-Encoding say (RFC 9110, section 8.4).
package contentcoding

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/klauspost/compress/zstd"

	"github.com/daybreak-ml/daybreak/predictor/response"
)

// minimumSize is the smallest body worth compressing, in bytes: a smaller one fits into a packet
// anyway.
const minimumSize = 1400

// maxWindow is the most memory that a zstd stream may claim for what it refers back to, in bytes.
const maxWindow = 8 << 20

// A Coder compresses and decompresses for many requests at once.
type Coder struct {
	encoder *zstd.Encoder
	gzips   sync.Pool // of *gzip.Writer
}

// New returns a coder.
func New() *Coder {
	// Neither fails: the options are ones that there are.
	encoder, _ := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(1<<20))
	return &Coder{encoder: encoder, gzips: sync.Pool{New: func() any {
		writer, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed)
		return writer
	}}}
}

// Handler lets next see requests as if they had come uncompressed, and compresses its answers. How
// much of a request is read is for next to bound: nothing is decompressed before it is read.
func (c *Coder) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if coding := r.Header.Get("Content-Encoding"); coding != "" && coding != "identity" {
			body, err := decompressed(coding, r.Body)
			if err != nil {
				w.Header().Set("Accept-Encoding", "gzip, zstd")
				response.Error(w, http.StatusUnsupportedMediaType, err.Error())
				return
			}
			defer func() { _ = body.Close() }() // it was only read
			r.Body, r.ContentLength = body, -1
			r.Header.Del("Content-Encoding")
		}
		if coding := accepted(r.Header.Values("Accept-Encoding")); coding != "" {
			w = &compressing{ResponseWriter: w, coder: c, coding: coding}
		}
		next.ServeHTTP(w, r)
	})
}

// decompressed returns what body holds. Errors in it show up when it is read.
func decompressed(coding string, body io.ReadCloser) (io.ReadCloser, error) {
	switch coding {
	case "gzip", "x-gzip":
		return &lazyGzip{compressed: body}, nil
	case "zstd":
		decoder, err := zstd.NewReader(body, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderLowmem(true))
		if err != nil {
			return nil, fmt.Errorf("set zstd up: %w", err)
		}
		return decoder.IOReadCloser(), nil
	}
	return nil, fmt.Errorf("Content-Encoding is %q; it must be gzip or zstd", coding)
}

// A lazyGzip reads the stream's header when it is first read, so that a damaged one is an error of
// reading.
type lazyGzip struct {
	compressed io.ReadCloser
	reader     *gzip.Reader
}

func (g *lazyGzip) Read(into []byte) (int, error) {
	if g.reader == nil {
		reader, err := gzip.NewReader(g.compressed)
		if err != nil {
			return 0, fmt.Errorf("decompress gzip: %w", err)
		}
		g.reader = reader
	}
	return g.reader.Read(into)
}

func (g *lazyGzip) Close() error { return g.compressed.Close() }

// accepted returns the coding that a client takes and likes best, or none. Where it likes both alike
// it is zstd, which takes less time.
func accepted(headers []string) string {
	best, bestWeight := "", ""
	for _, header := range headers {
		for entry := range strings.SplitSeq(header, ",") {
			coding, parameters, _ := strings.Cut(entry, ";")
			coding = strings.ToLower(strings.TrimSpace(coding))
			if coding != "gzip" && coding != "zstd" {
				continue
			}
			weight := "1"
			if _, q, found := strings.Cut(parameters, "q="); found {
				weight = strings.TrimSpace(q)
			}
			if strings.Trim(weight, "0.") == "" { // it must not be
				continue
			}
			if weight > bestWeight || weight == bestWeight && coding == "zstd" {
				best, bestWeight = coding, weight
			}
		}
	}
	return best
}
