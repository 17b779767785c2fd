// Package response writes what the predictor answers over HTTP.
package response

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"strconv"
	"time"
)

// A Measuring writer says by itself how long a body is that is written in one piece.
type Measuring interface{ MeasuresBody() }

// Send answers with a status and a body that is complete.
func Send(w http.ResponseWriter, status int, contentType string, body []byte) {
	header := w.Header()
	header["Content-Type"] = values(contentType)
	if _, does := w.(Measuring); !does {
		header["Content-Length"] = []string{strconv.Itoa(len(body))}
	}
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that has gone misses nothing
}

// jsonTypes are the values of the Content-Type field that most answers have; nobody changes them.
var jsonTypes = []string{"application/json"}

func values(contentType string) []string {
	if contentType == jsonTypes[0] {
		return jsonTypes
	}
	return []string{contentType}
}

// JSON answers with a status and v as JSON. Answers to predictions are made with the Append functions
// instead, which allocate nothing but the answer.
func JSON(w http.ResponseWriter, status int, v any) {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		slog.Error("an answer could not be written as JSON", "error", err)
		status = http.StatusInternalServerError
		body.Reset()
		body.WriteString(`{"error":"the answer could not be written as JSON"}`)
	}
	Send(w, status, "application/json", body.Bytes())
}

// Error answers with a status and {"error": message}.
func Error(w http.ResponseWriter, status int, message string) {
	JSON(w, status, struct {
		Error string `json:"error"`
	}{message})
}

// Overloaded answers that there is no place for the request, and how long to wait with the next.
func Overloaded(w http.ResponseWriter, retryAfter time.Duration, message string) {
	w.Header().Set("Retry-After", strconv.Itoa(int(retryAfter.Seconds())))
	Error(w, http.StatusTooManyRequests, message)
}
