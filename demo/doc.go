// Demo runs Daybreak on one machine: a shop's history, some nights, a real MLflow, and a predictor
// that takes over each night's model while shoppers go on asking.
//
//	bin/demo --dataset datasets/online-retail --days 5 --data demo-data
//
// The history is ingested in one go, then each of the nights is run as a schedule would run it. At the
// end there is a table of the nights, and an account of every request: one that failed, or a sabotage
// (--sabotage) that was not noticed, fails the demo. MLflow and the predictor stay up until Ctrl-C
// unless told otherwise (--no-keep); no process outlives the demo.
//
// What belongs to the demo alone lies below: which data (dataset) and which days of it (calendar), the
// processes (stack) and the folder they work in (folder), the requests that never stop (load), the
// nights themselves (nights), and how it is shown (progress, table). Everything a night does is done
// by the programs pipelines, trainer and predictor, run as anyone would run them. In screenshots is
// what takes the picture of MLflow's page in docs/pictures.
package main
