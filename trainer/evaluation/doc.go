// Package evaluation measures a model as it would have served: a shopper's
// profile goes through the model's own scorer, all items are ranked, and the
// list is held against what the shopper bought afterwards.
package evaluation
