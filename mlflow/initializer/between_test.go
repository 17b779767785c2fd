package main

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// between stands between a client and the real server. It can break off a file half-way, once.
type between struct {
	uri    string
	server http.Handler

	mutex  sync.Mutex
	target *url.URL
	file   string
	cut    func()
	back   <-chan struct{}   // whoever comes a second time is kept waiting for it; nil for nobody
	missed int               // requests that came before
	ranges map[string]string // of the newest request, by file name
}

func newBetween(t *testing.T, uri string) *between {
	t.Helper()
	target, err := url.Parse(uri)
	require.NoError(t, err)
	b := &between{target: target, ranges: map[string]string{}}
	b.server = &httputil.ReverseProxy{Rewrite: func(request *httputil.ProxyRequest) {
		b.mutex.Lock()
		defer b.mutex.Unlock()
		request.SetURL(b.target)
	}}
	listener := httptest.NewServer(http.HandlerFunc(b.serve))
	t.Cleanup(listener.Close)
	b.uri = listener.URL
	return b
}

// lead has the server be elsewhere from now on.
func (b *between) lead(t *testing.T, uri string) {
	t.Helper()
	target, err := url.Parse(uri)
	require.NoError(t, err)
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.target = target
}

// goneUntil has those that come after a file was broken off find the server gone, but once only, however long it takes to
// come back.
func (b *between) goneUntil(back <-chan struct{}) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.back = back
}

// cutAt breaks the next request of a file off half-way and calls then.
func (b *between) cutAt(file string, then func()) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.file, b.cut = file, then
}

func (b *between) lastRange(file string) string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.ranges[file]
}

func (b *between) serve(w http.ResponseWriter, r *http.Request) {
	name := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	b.mutex.Lock()
	b.ranges[name] = r.Header.Get("Range")
	var cut func()
	if b.cut != nil && name == b.file {
		cut, b.cut = b.cut, nil
	}
	var back <-chan struct{}
	if b.back != nil && cut == nil {
		if b.missed++; b.missed > 1 {
			back = b.back
		}
	}
	b.mutex.Unlock()
	if back != nil {
		<-back
	}
	if cut == nil {
		b.server.ServeHTTP(w, r)
		return
	}
	recorder := httptest.NewRecorder()
	b.server.ServeHTTP(recorder, r)
	cut()
	body := recorder.Body.Bytes()
	w.Header().Set("Content-Length", recorder.Header().Get("Content-Length"))
	_, _ = w.Write(body[:len(body)/2])
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}
