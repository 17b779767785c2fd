// Package commandtest helps tests that run programs as processes, to do something to one at a moment of their choice.
package commandtest
