// Package simulate makes a shop: who buys there, what it sells, and the raw CSV export it would
// give, one file a day, for a demo or a test that has no shop's data. events/mapping/simulated.yaml
// reads it.
//
// The shop has what a recommender lives on: each shopper has a taste for a few styles, buys again
// what was good, and buys what goes together; styles have seasons, and new items come all the time.
// And it has what a real export has: guests without a customer number, postage lines, zero prices,
// dates that are none, lines exported twice, and cancellations days later. The same [Shop] gives the
// same files.
//
// [ShuffleShoppers] spoils a day of any export, simulated or real, in a way that only a check of
// its content can find.
package simulate
