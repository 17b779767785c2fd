// Package cloudevents answers CloudEvents with CloudEvents, in the mode they came in: binary, with the
// attributes in the header, or structured, as one JSON document; source:
// https://github.com/cloudevents/spec, version 1.0, HTTP protocol binding. The answer's type and source
// are KServe's.
package cloudevents

import (
	"bytes"
	"io"
	"net/http"

	"github.com/google/uuid"

	"github.com/daybreak-ml/daybreak/predictor/recommend"
	"github.com/daybreak-ml/daybreak/predictor/response"
)

// responseType is the type of an answer's event.
const responseType = "io.kserve.inference.response"

// Handler lets next see the data of an event as a plain request, and makes an event of its answer.
// model returns which model a request's path asks for. Other requests, and answers that are errors,
// pass unchanged.
func Handler(next http.Handler, model func(path string) string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		isStructured := IsStructured(r.Header)
		if r.Method != http.MethodPost || !isStructured && !IsBinary(r.Header) {
			next.ServeHTTP(w, r)
			return
		}
		event, err := read(w, r, isStructured)
		if err != nil {
			recommend.Fail(w, err)
			return
		}
		answer := recorded{header: w.Header()}
		next.ServeHTTP(&answer, r)
		answered := Event{
			ID: uuid.NewString(), Source: "io.kserve.inference." + model(r.URL.Path), Type: responseType,
			DataContentType: w.Header().Get("Content-Type"), Data: answer.body.Bytes(),
			// The correlation extension: which event this one answers.
			Extensions: map[string]string{"causationid": event.ID},
		}
		switch {
		case answer.status != http.StatusOK:
			response.Send(w, answer.status, answered.DataContentType, answered.Data)
		case isStructured:
			response.Send(w, http.StatusOK, structured, answered.Document())
		default:
			answered.SetHeader(w.Header())
			response.Send(w, http.StatusOK, answered.DataContentType, answered.Data)
		}
	})
}

// read reads a request's event and leaves its data as the request's body.
func read(w http.ResponseWriter, r *http.Request, isStructured bool) (Event, error) {
	if !isStructured {
		return FromHeader(r.Header)
	}
	document, err := recommend.ReadAll(nil, w, r)
	if err != nil {
		return Event{}, err
	}
	event, err := FromDocument(document)
	if err != nil {
		return event, err
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(event.Data)), int64(len(event.Data))
	r.Header.Set("Content-Type", event.DataContentType)
	return event, nil
}

// A recorded answer is one that isn't sent yet.
type recorded struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorded) Header() http.Header            { return r.header }
func (r *recorded) WriteHeader(status int)         { r.status = status }
func (r *recorded) Write(body []byte) (int, error) { return r.body.Write(body) }
