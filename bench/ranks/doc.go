// Command ranks trains one simulated shop by 1, 2, 3 and 4 ranks, each in a
// network namespace of its own behind a link shaped to a given rate, and prints
// what an epoch takes on the slowest rank: its own work, and its waiting for others
// and their bytes; the bytes; and how long the whole training takes. It compares the
// models, which must be the same. With --workdir, each rank's log is kept: it tells
// what the steps of item-to-item weights took.
//
//	sudo go run ./bench/ranks --rate 1gbit
//
// It needs root, ip and tc (Debian's iproute2), and cleans up after itself. Each
// rank gets one core: with fewer cores than ranks, their work is slower by that
// factor, and the printed compute seconds say nothing about a speed-up.
package main
