// Package account tells people what a night came to: a note in Markdown for MLflow's pages, and a
// page in HTML that stands alone, with its style and its plots in it and no script.
//
// It reads the reports that the night's steps left (package reports) and those of the nights before;
// it measures and decides nothing.
package account
