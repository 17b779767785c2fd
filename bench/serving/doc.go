// Command serving measures the predictor beside the model servers that KServe's users have otherwise:
// KServe's own in Python, and MLServer, each with a small numpy model of the same factors. Every
// server has one core of its own and one worker, and the load comes from another core, one server
// after the other, in rounds, in one run.
//
//	go run ./bench/serving --kserve-python=.venv-kserve/bin/python --mlserver-python=.venv-mlserver/bin/python --floor=bin/floor --loop=bin/loop
package main
