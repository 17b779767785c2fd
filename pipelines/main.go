package main

import (
	"os"

	"github.com/daybreak-ml/daybreak/command"
)

// pipelines is the program's commands.
type pipelines struct {
	Ingest      ingestCommand      `cmd:"" help:"Ingest a day of a shop's export, or all of it."`
	Check       checkCommand       `cmd:"" help:"Say whether a day looks like this shop, and hold it if it doesn't."`
	Prequential prequentialCommand `cmd:"" help:"Measure recent models on a day that none has learned from."`
	Train       trainCommand       `cmd:"" help:"Train the night's model."`
	Log         logCommand         `cmd:"" help:"Log the night's model to MLflow."`
	Register    registerCommand    `cmd:"" help:"Make a version of the night's model."`
	Gate        gateCommand        `cmd:"" help:"Decide whether the night's model may serve."`
	Serve       serveCommand       `cmd:"" help:"Hand the night's version over to the service."`
	Render      renderCommand      `cmd:"" help:"Print what a version is on a cluster."`
	Compile     compileCommand     `cmd:"" help:"Write the night as a Kubeflow pipeline document."`
	Replay      replayCommand      `cmd:"" help:"Send runs that were spooled while MLflow was down."`
	Night       nightCommand       `cmd:"" help:"Do all of the above that is left to do for a day; or release a held day."`
}

func main() {
	os.Exit(command.Run("pipelines", "Runs a shop's nights: from a day's events to the version that serves.", &pipelines{}))
}
