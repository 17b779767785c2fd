// Command training measures how long Daybreak's factorisation and that of the
// Python package implicit take to the same quality, in one run, on the same data,
// with the same number of factors and of threads:
//
//	go run ./bench/training --data=datasets/online-retail --peers-python=.venv-peers/bin/python
//	go run ./bench/training --data=medium --peers-python=.venv-peers/bin/python
//	go run ./bench/training scaling --picture=docs/pictures/training-scaling.svg
//
// Data is a folder with Online Retail's export, or the name of a simulated shop:
// small, medium (100,000 shoppers × 20,000 items × 10 million events) or large (ten
// times the shoppers and events, five times the items).
//
// Each program is a process of its own and gets the same matrix. What it has
// learned after each epoch is written down and measured by this one: NDCG@20 on
// what a sample of shoppers did that neither has seen. Writing and measuring is in
// neither's time. The settings of both are first chosen from grids of equal size.
package main
