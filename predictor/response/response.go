// Package response writes what the predictor answers over HTTP.
package response

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"strconv"
)

// JSON answers with a status and v as JSON.
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
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(body.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // a client that has gone misses nothing
}

// Error answers with a status and {"error": message}.
func Error(w http.ResponseWriter, status int, message string) {
	JSON(w, status, struct {
		Error string `json:"error"`
	}{message})
}
