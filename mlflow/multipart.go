package mlflow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"

	"golang.org/x/sync/errgroup"
)

// Files of at least multipartMinSize bytes go in parts. Ten thousand parts are
// the most that S3 takes.
const (
	multipartMinSize  = 64 << 20
	multipartPartSize = 32 << 20
	multipartMaxParts = 10_000
)

// MultipartVariable is MLflow's own switch of WithMultipartUpload.
const MultipartVariable = "MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD"

// WithMultipartUpload sends files of 64 MiB and more in parts, some at a time,
// straight to the server's object storage, where the server offers that. A part
// that fails is sent again alone. This machine must reach the storage, which is
// why it is not done unasked.
func WithMultipartUpload() Option {
	return func(c *Client) error {
		c.multipart = true
		return nil
	}
}

// part is a piece of a file, where it goes, and how the storage acknowledged it.
type part struct {
	Number  int               `json:"part_number"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers,omitempty"`
	ETag    string            `json:"etag,omitempty"`
}

// putParts sends a file in parts. offered is false when the server does not
// have that.
func (s *proxyStore) putParts(ctx context.Context, name string, content io.ReaderAt, size int64) (offered bool, err error) {
	partSize := int64(multipartPartSize)
	for size > partSize*multipartMaxParts {
		partSize *= 2
	}
	count := int((size + partSize - 1) / partSize)
	var upload struct {
		ID    string `json:"upload_id"`
		Parts []part `json:"credentials"`
	}
	request := map[string]any{"path": path.Base(name), "num_parts": count}
	switch err := s.multipart(ctx, "create", name, request, &upload); {
	case notOffered(err):
		return false, nil
	case err != nil:
		return true, err
	case len(upload.Parts) != count:
		return true, fmt.Errorf("asked for %d parts, the server gave %d", count, len(upload.Parts))
	}
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(transferParallelism)
	for i := range upload.Parts {
		group.Go(func() error {
			begin := int64(i) * partSize
			return s.client.repeat(groupCtx, func(ctx context.Context) error {
				// A reader for each try: the one of a refused try may still be read from.
				return s.putPart(ctx, &upload.Parts[i], io.NewSectionReader(content, begin, min(partSize, size-begin)))
			})
		})
	}
	if err := group.Wait(); err != nil {
		abort := map[string]any{"path": path.Base(name), "upload_id": upload.ID}
		return true, errors.Join(err, s.multipart(context.WithoutCancel(ctx), "abort", name, abort, nil))
	}
	complete := map[string]any{"path": path.Base(name), "upload_id": upload.ID, "parts": upload.Parts}
	return true, s.multipart(ctx, "complete", name, complete, nil)
}

// multipart makes a request about an upload in parts.
func (s *proxyStore) multipart(ctx context.Context, action, name string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	return s.client.exchange(ctx, http.MethodPost, s.url(multipartAPIPath+"/"+action, path.Dir(name)), body, out)
}

// notOffered tells the answers of servers that have no such thing or whose
// storage does not.
func notOffered(err error) bool {
	var api *APIError
	return errors.As(err, &api) && (api.Status == http.StatusNotImplemented || api.Status == http.StatusNotFound || api.Status == http.StatusMethodNotAllowed)
}

// putPart sends one part to the URL that was signed for it. It goes without the
// client's credentials.
func (s *proxyStore) putPart(ctx context.Context, p *part, section *io.SectionReader) error {
	ctx, progress, stop := s.client.watchProgress(ctx)
	defer stop()
	request, err := http.NewRequestWithContext(ctx, http.MethodPut, p.URL, progress.reader(section))
	if err != nil {
		return err
	}
	request.ContentLength = section.Size()
	for key, value := range p.Headers {
		request.Header.Set(key, value)
	}
	response, err := s.client.http.Do(request)
	if err != nil {
		return stalledOr(ctx, &transferError{fmt.Errorf("part %d: %w", p.Number, err)})
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return refusal(response)
	}
	p.ETag = response.Header.Get("ETag")
	return nil
}
