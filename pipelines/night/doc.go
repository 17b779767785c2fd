// Package night does what is to be done for one day of the shop, which is over: ingest it, check it,
// measure recent models on it, train, log and register the model, gate it, and hand it over.
//
// A night is one (registered model, date, digest of its configuration). It may be killed anywhere and
// run again: it observes what is there, on disk and in MLflow, and does the rest. [State.Next] decides
// what that is; it is a pure function, and testdata holds transcripts of what it decides. [Run] asks
// it again after each step:
//
//	observe ─▶ State ─ Next ─▶ Action ─ act ─▶ State ─ Next ─▶ … ─▶ Done
//
// Nothing remembers how far a night came but what its steps leave behind:
//
//	ingest       <data>/events/dt=…/_manifest.json
//	check        <data>/reports/dt=…/check.json of that content, and _hold.json where the day is held
//	prequential  <data>/reports/dt=…/prequential.json of that content
//	train        <data>/models/<date>-<digest>/, which appears whole
//	log          a finished run with the night's key
//	register     a version of that run
//	gate         the version's tag daybreak.gate
//	challenge    the alias challenger
//	hand over    the service names the version
//	crown        the alias champion, and the version's tag daybreak.rollout
//
// One night at a time works on a data folder: <data>/.lock says who.
package night
