// Package s3 reads and writes artifacts of MLflow that lie in S3 or a storage
// that speaks its protocol, where the server hands out s3:// URIs instead of
// handing the files through (mlflow server --default-artifact-root s3://…):
//
//	client, err := mlflow.New(uri, mlflow.WithArtifactStore("s3", s3.Open))
//
// It finds the storage and its credentials where MLflow's own clients and
// KServe's storage secrets put them: MLFLOW_S3_ENDPOINT_URL, AWS_ENDPOINT_URL or
// S3_ENDPOINT with S3_USE_HTTPS; AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY and
// AWS_SESSION_TOKEN, the files in ~/.aws, or the role of the pod or machine;
// AWS_REGION or AWS_DEFAULT_REGION.
package s3

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/daybreak-ml/daybreak/mlflow"
)

// partSize is the size of the parts that larger files go in. One is held in
// memory for each file on its way.
const partSize = 32 << 20

// store is the files of a bucket whose keys begin with a prefix.
type store struct {
	core   minio.Core
	bucket string
	prefix string // without a slash at its end
}

// Open opens the store of a URI such as s3://bucket/1/c0ffee/artifacts. It is an
// mlflow.OpenArtifactStore.
func Open(uri *url.URL) (mlflow.ArtifactStore, error) {
	if uri.Host == "" {
		return nil, errors.New("the URI names no bucket")
	}
	host, secure, err := endpoint()
	if err != nil {
		return nil, err
	}
	client, err := minio.NewCore(host, &minio.Options{
		Creds: credentials.NewChainCredentials([]credentials.Provider{
			&credentials.EnvAWS{}, &credentials.FileAWSCredentials{}, &credentials.IAM{},
		}),
		Secure:     secure,
		Region:     cmp.Or(os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION")),
		MaxRetries: 1, // the client of MLflow repeats, by its own policy
	})
	if err != nil {
		return nil, fmt.Errorf("S3 at %s: %w", host, err)
	}
	return &store{*client, uri.Host, strings.Trim(uri.Path, "/")}, nil
}

// endpoint finds which storage is meant; Amazon's unless something is said.
func endpoint() (host string, secure bool, err error) {
	text := cmp.Or(os.Getenv("MLFLOW_S3_ENDPOINT_URL"), os.Getenv("AWS_ENDPOINT_URL_S3"), os.Getenv("AWS_ENDPOINT_URL"))
	if text == "" {
		if host := os.Getenv("S3_ENDPOINT"); host != "" {
			return host, os.Getenv("S3_USE_HTTPS") != "0", nil
		}
		return "s3.amazonaws.com", true, nil
	}
	parsed, err := url.Parse(text)
	if err != nil || parsed.Host == "" || parsed.Scheme != "http" && parsed.Scheme != "https" {
		return "", false, fmt.Errorf("S3 endpoint %q: want http://HOST:PORT or https://HOST", text)
	}
	return parsed.Host, parsed.Scheme == "https", nil
}

func (s *store) key(name string) string { return path.Join(s.prefix, name) }

// List lists a folder: what its keys have up to the next slash.
func (s *store) List(ctx context.Context, folder string) ([]mlflow.Artifact, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // else the listing's goroutine stays when it is left early
	prefix := s.key(folder) + "/"
	var artifacts []mlflow.Artifact
	for object := range s.core.Client.ListObjects(ctx, s.bucket, minio.ListObjectsOptions{Prefix: prefix}) {
		if object.Err != nil {
			return nil, s.explain("list", folder, object.Err)
		}
		name, isDir := strings.CutSuffix(strings.TrimPrefix(object.Key, prefix), "/")
		if name == "" { // a marker of the folder itself
			continue
		}
		if name == "." || name == ".." || strings.ContainsAny(name, "/\\\x00") {
			return nil, fmt.Errorf("the bucket holds the key %q, which can't be a file's", object.Key)
		}
		artifacts = append(artifacts, mlflow.Artifact{Path: path.Join(folder, name), IsDir: isDir, Size: object.Size})
	}
	return artifacts, nil
}

// Put writes a file, in parts where it is large. Each request carries a checksum
// that the storage compares.
func (s *store) Put(ctx context.Context, name string, content io.ReaderAt, size int64) error {
	var reader io.Reader = io.NewSectionReader(content, 0, size)
	if size == 0 {
		reader = http.NoBody // else the request goes without its length
	}
	_, err := s.core.Client.PutObject(ctx, s.bucket, s.key(name), reader, size, minio.PutObjectOptions{
		ContentType: "application/octet-stream", PartSize: partSize, SendContentMd5: true, DisableContentSha256: true,
	})
	return s.explain("put", name, err)
}

// Get reads a file from an offset on.
func (s *store) Get(ctx context.Context, name string, offset int64) (io.ReadCloser, int64, error) {
	var options minio.GetObjectOptions
	if offset > 0 {
		if err := options.SetRange(offset, 0); err != nil {
			return nil, 0, err
		}
	}
	content, _, _, err := s.core.GetObject(ctx, s.bucket, s.key(name), options)
	if err != nil {
		return nil, 0, s.explain("get", name, err)
	}
	return content, offset, nil
}

// explain names what failed, and marks what may pass.
func (s *store) explain(action, name string, err error) error {
	if err == nil {
		return nil
	}
	var answer minio.ErrorResponse
	refused := errors.As(err, &answer) && answer.StatusCode >= 400 && answer.StatusCode < 500 && answer.StatusCode != http.StatusTooManyRequests
	err = fmt.Errorf("%s s3://%s/%s: %w", action, s.bucket, s.key(name), err)
	if refused {
		return err
	}
	return mlflow.Temporary(err)
}
