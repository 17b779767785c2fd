package mlflow

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"
)

// Where MLflow's server hands artifacts through.
const (
	artifactAPIPath  = "api/2.0/mlflow-artifacts/artifacts"
	multipartAPIPath = "api/2.0/mlflow-artifacts/mpu"
)

// proxyStore is a folder of the server's artifact storage, reached through the
// server.
type proxyStore struct {
	client *Client
	root   string
}

// List lists a folder.
func (s *proxyStore) List(ctx context.Context, folder string) ([]Artifact, error) {
	var answer struct {
		Files []struct {
			Path  string      `json:"path"`
			IsDir bool        `json:"is_dir"`
			Size  json.Number `json:"file_size"`
		} `json:"files"`
	}
	target := s.client.endpoint(artifactAPIPath)
	target.RawQuery = url.Values{"path": {path.Join(s.root, folder)}}.Encode()
	if err := s.client.exchange(ctx, http.MethodGet, target, nil, &answer); err != nil {
		return nil, err
	}
	artifacts := make([]Artifact, 0, len(answer.Files))
	for _, file := range answer.Files {
		if err := validateArtifactName(file.Path); err != nil {
			return nil, err
		}
		size, err := parseInt64(file.Size)
		if err != nil {
			return nil, fmt.Errorf("size of %q: %w", file.Path, err)
		}
		artifacts = append(artifacts, Artifact{Path: path.Join(folder, file.Path), IsDir: file.IsDir, Size: size})
	}
	return artifacts, nil
}

// validateArtifactName refuses what is not one element of a path: a server must
// not be able to name a file outside the folder that is downloaded to.
func validateArtifactName(name string) error {
	if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\\\x00") {
		return fmt.Errorf("the server lists a file named %q, which can't lie in a folder", name)
	}
	return nil
}

// Put writes a file in one request, or in parts where it is large and the server
// offers that.
func (s *proxyStore) Put(ctx context.Context, name string, content io.ReaderAt, size int64) error {
	if s.client.multipart && size >= multipartMinSize {
		offered, err := s.putParts(ctx, name, content, size)
		if err != nil || offered {
			return err
		}
	}
	ctx, progress, stop := s.client.watchProgress(ctx)
	defer stop()
	request, err := http.NewRequestWithContext(ctx, http.MethodPut, s.url(artifactAPIPath, name).String(), progress.reader(io.NewSectionReader(content, 0, size)))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/octet-stream")
	request.ContentLength = size
	if size == 0 {
		request.Body = http.NoBody // else Go sends it chunked
	}
	response, err := s.client.roundTrip(request)
	if err != nil {
		return stalledOr(ctx, err)
	}
	return response.Body.Close()
}

// Get reads a file from an offset on.
func (s *proxyStore) Get(ctx context.Context, name string, offset int64) (io.ReadCloser, int64, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url(artifactAPIPath, name).String(), nil)
	if err != nil {
		return nil, 0, err
	}
	if offset > 0 {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-", offset))
	}
	response, err := s.client.roundTrip(request)
	if err != nil {
		return nil, 0, err
	}
	if response.StatusCode != http.StatusPartialContent {
		offset = 0
	} else if begin := fmt.Sprintf("bytes %d-", offset); !strings.HasPrefix(response.Header.Get("Content-Range"), begin) {
		_ = response.Body.Close()
		return nil, 0, fmt.Errorf("asked for what follows byte %d, the server answers with %q", offset, response.Header.Get("Content-Range"))
	}
	return response.Body, offset, nil
}

// url is where a file of the store is put and got.
func (s *proxyStore) url(api, name string) *url.URL {
	elements := strings.Split(path.Join(s.root, name), "/")
	for i, element := range elements {
		elements[i] = url.PathEscape(element)
	}
	return s.client.endpoint(append([]string{api}, elements...)...)
}
