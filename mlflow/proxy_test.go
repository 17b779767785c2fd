package mlflow_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// proxy stands between a client and the real server and makes trouble.
type proxy struct {
	uri     string
	server  http.Handler
	mutex   sync.Mutex
	handler http.HandlerFunc
	seen    map[string]int // requests by method and path
}

func newProxy(t *testing.T) *proxy {
	t.Helper()
	target, err := url.Parse(trackingURI())
	require.NoError(t, err)
	p := &proxy{
		server: &httputil.ReverseProxy{Rewrite: func(request *httputil.ProxyRequest) { request.SetURL(target) }},
		seen:   map[string]int{},
	}
	p.handler = p.server.ServeHTTP
	listener := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mutex.Lock()
		p.seen[r.Method+" "+r.URL.Path]++
		handler := p.handler
		p.mutex.Unlock()
		handler(w, r)
	}))
	t.Cleanup(listener.Close)
	p.uri = listener.URL
	return p
}

// set replaces what is done with requests.
func (p *proxy) set(handler http.HandlerFunc) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.handler = handler
}

// count is how many requests of a method and a path's end arrived.
func (p *proxy) count(method, pathEnd string) int {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	total := 0
	for request, count := range p.seen {
		if strings.HasPrefix(request, method+" ") && strings.HasSuffix(request, pathEnd) {
			total += count
		}
	}
	return total
}

// after runs action once a request was executed, before its answer is given.
func (p *proxy) after(method, pathEnd string, action func()) {
	p.handler = func(w http.ResponseWriter, r *http.Request) {
		if r.Method != method || !strings.HasSuffix(r.URL.Path, pathEnd) {
			p.server.ServeHTTP(w, r)
			return
		}
		recorder := httptest.NewRecorder()
		p.server.ServeHTTP(recorder, r)
		action()
		w.WriteHeader(recorder.Code)
		_, _ = w.Write(recorder.Body.Bytes())
	}
}

// firstTimes handles the first requests of each method and path with trouble,
// as many as times says, and hands on those that follow.
func (p *proxy) firstTimes(times int, trouble http.HandlerFunc) {
	p.handler = func(w http.ResponseWriter, r *http.Request) {
		p.mutex.Lock()
		nth := p.seen[r.Method+" "+r.URL.Path]
		p.mutex.Unlock()
		if nth <= times {
			trouble(w, r)
			return
		}
		p.server.ServeHTTP(w, r)
	}
}

// drop breaks the connection off without an answer.
func drop(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// executed lets the server do what is asked and then makes trouble of the answer.
func (p *proxy) executed(trouble http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		p.server.ServeHTTP(httptest.NewRecorder(), r)
		trouble(w, r)
	}
}

// twice lets the server do what is asked two times and gives the second answer.
func (p *proxy) twice(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		drop(w, r)
	}
	for _, answer := range []http.ResponseWriter{httptest.NewRecorder(), w} {
		again := r.Clone(r.Context())
		again.Body = io.NopCloser(bytes.NewReader(body))
		p.server.ServeHTTP(answer, again)
	}
}

// cut sends half of the answer's body and breaks the connection off.
func (p *proxy) cut(w http.ResponseWriter, r *http.Request) {
	recorder := httptest.NewRecorder()
	p.server.ServeHTTP(recorder, r)
	body := recorder.Body.Bytes()
	w.Header().Set("Content-Length", recorder.Header().Get("Content-Length"))
	w.WriteHeader(recorder.Code)
	_, _ = w.Write(body[:len(body)/2])
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}
