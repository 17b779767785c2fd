// Package interactions holds what a shop's shoppers did as a trainer needs it:
// one row for a shopper, an item and a day, with ids as row numbers of a model.
// It is read from daily partitions or from a table, split at a day into what a
// model may see and what it is measured on, and turned into decayed matrices.
package interactions
