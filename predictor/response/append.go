package response

import (
	"math"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// AppendString appends s to a JSON document as a string. Bytes that aren't UTF-8 become U+FFFD.
func AppendString(document []byte, s string) []byte {
	if isPlain(s) {
		document = append(document, '"')
		document = append(document, s...)
		return append(document, '"')
	}
	document, _ = jsontext.AppendQuote(document, s) // it reports only bytes that aren't UTF-8
	return document
}

// isPlain says whether s can stand in a JSON string as it is, which ids mostly can.
func isPlain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// AppendFloat appends the shortest number that reads as value again. One that JSON can't hold is null.
func AppendFloat(document []byte, value float32) []byte {
	if wide := float64(value); !math.IsNaN(wide) && !math.IsInf(wide, 0) {
		return strconv.AppendFloat(document, wide, 'g', -1, 32)
	}
	return append(document, "null"...)
}

// AppendStrings appends a list of strings.
func AppendStrings(document []byte, values []string) []byte {
	document = append(document, '[')
	for i, value := range values {
		if i > 0 {
			document = append(document, ',')
		}
		document = AppendString(document, value)
	}
	return append(document, ']')
}

// AppendFloats appends a list of numbers.
func AppendFloats(document []byte, values []float32) []byte {
	document = append(document, '[')
	for i, value := range values {
		if i > 0 {
			document = append(document, ',')
		}
		document = AppendFloat(document, value)
	}
	return append(document, ']')
}
