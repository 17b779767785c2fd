// Package ingest brings a day of a shop's rows into the event store: it reads them from a source,
// has a mapping clean them, gives each event its id, counts duplicates, hashes shoppers' ids where
// that is asked for, and writes the day's partitions with an account of every row.
package ingest
