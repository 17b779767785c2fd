package server

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/daybreak-ml/daybreak/predictor/response"
)

// routed answers requests by the routes that register adds to a mux, and those for which there is none
// as every other error is answered: as JSON.
func routed(register func(*http.ServeMux)) http.Handler {
	routes, known := http.NewServeMux(), http.NewServeMux()
	register(routes)
	register(known)
	routes.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if meant := withoutSlash(known, r); meant != "" {
			w.Header().Set("Location", meant)
			response.Error(w, http.StatusTemporaryRedirect, fmt.Sprintf("there is nothing at %s; there is without the slash at its end", r.URL.Path))
			return
		}
		unrouted := &discarded{header: http.Header{}, status: http.StatusNotFound}
		known.ServeHTTP(unrouted, r) // which tells a wrong method from a wrong path
		message := fmt.Sprintf("there is nothing at %s", r.URL.Path)
		if unrouted.status == http.StatusMethodNotAllowed {
			w.Header().Set("Allow", unrouted.header.Get("Allow"))
			message = fmt.Sprintf("%s is not allowed at %s; allowed: %s", r.Method, r.URL.Path, unrouted.header.Get("Allow"))
		}
		response.Error(w, unrouted.status, message)
	})
	return routes
}

// withoutSlash returns where a request leads whose path has a slash too many at its end, as KServe's server
// does; empty if there is no such place.
func withoutSlash(known *http.ServeMux, r *http.Request) string {
	path, has := strings.CutSuffix(r.URL.EscapedPath(), "/")
	if !has || path == "" {
		return ""
	}
	meant := *r.URL
	meant.RawPath, meant.Path = path, strings.TrimSuffix(meant.Path, "/")
	if _, pattern := known.Handler(&http.Request{Method: r.Method, Host: r.Host, URL: &meant}); pattern == "" {
		return ""
	}
	return meant.RequestURI()
}

// discarded is a response of which only the status and the header count.
type discarded struct {
	header http.Header
	status int
}

func (d *discarded) Header() http.Header            { return d.header }
func (d *discarded) Write(body []byte) (int, error) { return len(body), nil }
func (d *discarded) WriteHeader(status int)         { d.status = status }
