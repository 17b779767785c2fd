package mlflow

import (
	"context"
	"errors"
	"io"
	"time"
)

// transferParallelism is how many files of a folder are on their way at once.
const transferParallelism = 4

// errStalled ends an attempt of a transfer that stands still.
var errStalled = errors.New("the transfer stands still")

// progress ends a transfer's attempt when no byte moved for a while, which a
// deadline can't tell from a large file.
type progress struct {
	timer   *time.Timer
	timeout time.Duration
}

func (c *Client) watchProgress(ctx context.Context) (context.Context, *progress, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(c.stallTimeout, func() { cancel(errStalled) })
	stop := func() {
		timer.Stop()
		cancel(nil)
	}
	return ctx, &progress{timer, c.stallTimeout}, stop
}

// reader reads from r and notes that bytes move.
func (p *progress) reader(r io.Reader) io.Reader { return &progressReader{r, p} }

type progressReader struct {
	io.Reader
	progress *progress
}

func (r *progressReader) Read(buffer []byte) (int, error) {
	n, err := r.Reader.Read(buffer)
	if n > 0 {
		r.progress.timer.Reset(r.progress.timeout)
	}
	return n, err
}

// networkReader marks what reading from the network fails with, so that it is
// told from what writing to the disk fails with.
type networkReader struct{ io.Reader }

func (r networkReader) Read(buffer []byte) (int, error) {
	n, err := r.Reader.Read(buffer)
	if err != nil && !errors.Is(err, io.EOF) {
		err = &transferError{err}
	}
	return n, err
}

// stalledOr gives errStalled when that is why an attempt ended, else err.
func stalledOr(ctx context.Context, err error) error {
	if err != nil && errors.Is(context.Cause(ctx), errStalled) {
		return &transferError{errStalled}
	}
	return err
}
