// Package load sends a predictor a steady stream of requests, and counts what comes of every one of
// them: which version answered, how long it took, what failed and why.
//
// Requests are due at fixed moments, whether or not earlier ones are answered yet, and their time is
// counted from the moment they were due: a predictor that pauses does not make its own pause look
// short.
package load
