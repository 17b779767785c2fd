// Package content finds items that are alike by what a catalogue says of them,
// their titles and categories, for items that nobody has had yet.
package content
