// Package command is how every Daybreak program reads its flags and
// environment, where it writes, and which code it exits with.
//
// A program describes its commands as a kong struct and hands it to [Run]. Each
// long flag can also be given as DAYBREAK_<FLAG>, upper case, with underscores.
// Results go to standard output, as text for a person or, with --output json, as
// exactly one JSON document; everything else (logs, progress) goes to standard
// error. The exit code is 0 when the command succeeded, 1 when it failed and 2
// when it was called wrongly.
package command
