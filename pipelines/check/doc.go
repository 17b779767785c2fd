// Package check says whether a day looks like this shop, before anything learns from it.
//
// A day is compared with the shop's own last days that nobody holds (28 of them, see [Policy]):
//
//   - expectations: how many events there are, which share of the rows was quarantined, which share
//     of the shoppers was never seen before, and how often a price, a quantity or an order is missing;
//   - two control charts of how well each shopper's own past (decayed counts of the items they dealt
//     with before) predicts what they did today, as NDCG@20 over all the day's shoppers: once
//     relative to what popularity reaches, and once relative to what the pasts reach on the baskets
//     of other shoppers of the same day, which is what a day whose orders were dealt to the wrong
//     shoppers would reach. No model takes part, so no model's age bends the charts.
//
// The limits of each are prediction limits: what the next day may be, given how the last ones
// varied and how many shoppers this day has. With fewer days behind it the limits are wider, and
// with fewer than seven there are none.
//
// [Day] is a function of what the store holds and the policy. It changes nothing: that a day which
// falls out is held is the caller's to do.
package check
