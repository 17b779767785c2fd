package main

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
)

// readAnswer returns the status of the answer in received, and whether it is there to its end. It is all
// that a load needs of HTTP, so that sending takes less time than answering. An answer must say how long
// it is.
func readAnswer(received []byte) (status int, whole bool, err error) {
	end := bytes.Index(received, []byte("\r\n\r\n"))
	if end < 0 {
		return 0, false, nil
	}
	line, fields, _ := bytes.Cut(received[:end], []byte("\r\n"))
	if len(line) < len("HTTP/1.1 200") {
		return 0, false, fmt.Errorf("an answer begins with %q", line)
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, false, fmt.Errorf("an answer begins with %q", line)
	}
	for len(fields) > 0 {
		line, fields, _ = bytes.Cut(fields, []byte("\r\n"))
		name, value, _ := bytes.Cut(line, []byte(":"))
		if len(name) != len("Content-Length") || !bytes.EqualFold(name, []byte("Content-Length")) {
			continue
		}
		length, err := strconv.Atoi(string(bytes.TrimSpace(value)))
		if err != nil {
			return status, false, fmt.Errorf("an answer's length is %q", value)
		}
		return status, len(received) >= end+4+length, nil
	}
	return status, false, errors.New("an answer doesn't say how long it is")
}

// post returns a request as it goes over the wire.
func post(path string, body []byte) []byte {
	var request bytes.Buffer
	fmt.Fprintf(&request, "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", path, len(body))
	request.Write(body)
	return request.Bytes()
}
