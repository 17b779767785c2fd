package main

import (
	"os"

	"github.com/daybreak-ml/daybreak/command"
)

func main() {
	os.Exit(command.Run("demo", "Runs some nights of a shop on this machine, with a real MLflow and a predictor under load.", &demo{}))
}
