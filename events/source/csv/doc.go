// Package csv reads a shop's export in CSV, by day: a folder with one file a day, named
// 2011-06-01.csv or 2011-06-01.csv.gz, or a single file that holds many days. Which it is, the path
// given to [Open] says. A day's rows come as they stand; what they mean is the mapping's matter.
//
// Every line of a file becomes a row, sound or not, but for the header and blank lines. Where it
// can't be told how many rows there are, as behind a quotation mark that is never closed or in a
// truncated gzip file, reading fails rather than lose rows.
package csv
