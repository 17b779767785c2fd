// Package gate decides whether tonight's model may take the place of the one that serves.
//
// Its evidence is what both models got on the same shoppers and days, none of which either has
// learned item sides from: paired.parquet, which the trainer's compare writes. [Decide] averages each
// shopper's days, resamples shoppers (a paired bootstrap) and asks, on all items and on new ones,
// whether tonight's model is worse than the one that serves by less than the policy's margin
// ([Policy], documented in gate.yaml). A night that could not have seen a difference as large as the
// margin is underpowered, and the policy says what becomes of it. Besides, [Bounds] compares what
// needs no statistics.
//
// Every verdict comes with its reason in words and numbers, and with the smallest difference that
// could have been seen.
package gate
