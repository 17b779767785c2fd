// Package interactions holds what a shop's shoppers did as a trainer needs it:
// one row for a shopper, an item and a day, with ids as row numbers of a model.
// It is read from daily partitions or from a table, split at a day into what a
// model may see and what it is measured on, and turned into decayed matrices.
//
// Several ranks each read and keep some of the days ([Share]). Rank 0 has the whole
// log, as it decides what is learned of it; it tells the others which of their rows
// are in a matrix ([Source]), and they give these to each other ([Deal]).
package interactions
