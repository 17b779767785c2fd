// Package learn makes a model from interactions: matrices, factors, item-to-item
// weights and popularity, blended with weights chosen on a window of days before
// the as-of.
//
// It keeps the holdout group's last days from everything that is learned of
// items; they enter only the group's own profiles and the factors folded in from
// them, as a request's history would.
package learn
