// Command trainer learns a recommendation model from a shop's events and
// measures it in time order.
//
// Events become a log of interactions (package interactions). Package learn turns
// the log into a model: factors (ials), item-to-item weights (neighbours),
// popularity and each shopper's own past, blended with weights chosen on the last
// days (blend). Packages weeks, paired and table measure models, all through the
// scorer that also serves (package evaluation). Package card tells people what a
// model recommends, and package live shows training in MLflow while it goes on. What a shop may choose is one
// YAML file, learn.Settings:
//
//	trainer train --events data --as-of 2011-11-07 --model-dir model
//	trainer evaluate --events data --weeks 2011-11-07,2011-11-28
package main
