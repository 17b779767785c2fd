// Package ranks lets the processes of one training work together.
//
// A training runs as one program, that of rank 0, which reads, decides and
// writes the model. Where its work is heavy it calls [Team.Do]: every rank then
// runs the same task on its own part, and they exchange what they found directly
// with each other, by [Session.Exchange] and what is built on it. A process
// alone is a team of one, whose exchanges are empty, so that there is one code
// for any number of ranks.
//
// Ranks find each other at rank 0 (a rendezvous), whose address the environment
// gives ([FromEnvironment]). When one of them is lost, the session is over: the
// others stay, wait for it to be started again, and the task is begun anew from
// what rank 0 knows.
//
// How they came together never shows in the result: rows are dealt out in whole
// blocks ([Split]), sums are made over blocks in a tree that depends on their number
// alone ([Sum]), and all compute in instructions that every one of them has, which
// they agree on in the first session.
package ranks
