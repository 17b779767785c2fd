package ranks

import (
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

// Pack compresses what write writes. It pays for days as they are read, which on
// Online Retail shrink to a tenth, and for matrices. Factors don't shrink at all,
// and go as they are.
func Pack(w io.Writer, write func(io.Writer) error) error {
	packed, err := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return fmt.Errorf("compress: %w", err)
	}
	if err := write(packed); err != nil {
		return errors.Join(err, packed.Close())
	}
	return packed.Close()
}

// Unpack has read read what Pack compressed. It takes all of r.
func Unpack(r io.Reader, read func(io.Reader) error) error {
	plain, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return fmt.Errorf("decompress: %w", err)
	}
	defer plain.Close()
	return read(plain)
}
