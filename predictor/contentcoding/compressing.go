package contentcoding

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strconv"
)

// A compressing response compresses a body that is written in one piece, as all of the predictor's
// are, if it says how long it is and that is long enough. Others pass unchanged.
type compressing struct {
	http.ResponseWriter

	coder  *Coder
	coding string
	status int
}

// Unwrap gives http.ResponseController what it needs.
func (c *compressing) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// WriteHeader waits for the body, whose length the header is to tell.
func (c *compressing) WriteHeader(status int) {
	c.status = status
	if length, err := strconv.Atoi(c.Header().Get("Content-Length")); err != nil || length < minimumSize || c.Header().Get("Content-Encoding") != "" {
		c.coding = ""
		c.ResponseWriter.WriteHeader(status)
	}
}

func (c *compressing) Write(body []byte) (int, error) {
	if c.coding == "" || c.status == 0 || strconv.Itoa(len(body)) != c.Header().Get("Content-Length") {
		return c.ResponseWriter.Write(body)
	}
	compressed := c.coder.compress(c.coding, body)
	header := c.Header()
	header.Set("Content-Encoding", c.coding)
	header.Add("Vary", "Accept-Encoding")
	header.Set("Content-Length", strconv.Itoa(len(compressed)))
	c.ResponseWriter.WriteHeader(c.status)
	if _, err := c.ResponseWriter.Write(compressed); err != nil {
		return 0, err
	}
	return len(body), nil
}

func (c *Coder) compress(coding string, body []byte) []byte {
	if coding == "zstd" {
		return c.encoder.EncodeAll(body, make([]byte, 0, len(body)/2))
	}
	var compressed bytes.Buffer
	writer := c.gzips.Get().(*gzip.Writer)
	defer c.gzips.Put(writer)
	writer.Reset(&compressed)
	_, _ = writer.Write(body) // a buffer takes everything
	_ = writer.Close()
	return compressed.Bytes()
}
