// Bench measures Daybreak beside named peers: accuracy and training time, on the
// same weeks of the same shop, in one run.
//
//	go run ./bench --dataset=datasets/online-retail --peers-python=.venv-peers/bin/python
//
// The shop's export is ingested into a temporary events folder. For each test week
// the interactions before it are Daybreak's training data and, written as a table,
// the peers'. peers.py, a program of its own, tunes each peer on the last week of
// that table and answers with lists of items; of the test week it is told no more
// than whose lists are asked for. All lists are measured here, by the trainer's own
// metrics. Daybreak and the peers run one after the other with the same number of
// threads.
package main
