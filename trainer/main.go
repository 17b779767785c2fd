package main

import (
	"os"

	"github.com/daybreak-ml/daybreak/command"
)

type program struct {
	Train       trainCommand       `cmd:"" help:"Learn a model from the events before a day."`
	Evaluate    evaluateCommand    `cmd:"" help:"Measure training on weeks, each learned from what came before it."`
	Search      searchCommand      `cmd:"" help:"Try hyperparameters by successive halving and write the best as training settings."`
	Compare     compareCommand     `cmd:"" help:"Measure two models on the holdout group, shopper by shopper."`
	Prequential prequentialCommand `cmd:"" help:"Measure models on a day that none of them has seen."`
	Card        cardCommand        `cmd:"" help:"Describe a model for people: what it recommends, to whom, and how it does."`
	Honesty     honestyCommand     `cmd:"" help:"Ask of simulated shops whether the comparison of two models tells the truth."`
	Benchmark   benchmarkCommand   `cmd:"" help:"Train and test on tables of any data: user, item[, value[, unix seconds]]."`
	Install     installCommand     `cmd:"" help:"Copy this program, for a container of another image to run."`
}

func main() {
	os.Exit(command.Run("trainer", "Learns and measures Daybreak's recommendation models.", &program{}))
}
