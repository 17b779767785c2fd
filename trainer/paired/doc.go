// Package paired compares models on the holdout group, whose last days none of
// them has learned items from: for each shopper of the group and each of the
// days, each model ranks from the shopper's history before that day, and the
// list is held against what was bought that day.
package paired
