// Package card makes a model card (Mitchell et al., "Model Cards for Model
// Reporting", 2019): what a model recommends to the shop's active shoppers, told
// in figures and tables that people read. It describes; whether a model is good
// enough, the gate says.
package card
