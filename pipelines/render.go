package main

import (
	"context"

	"k8s.io/apimachinery/pkg/runtime"

	"github.com/daybreak-ml/daybreak/command"
	"github.com/daybreak-ml/daybreak/pipelines/render"
)

type renderCommand struct {
	InferenceService renderServing  `cmd:"" name:"inferenceservice" help:"The InferenceService that serves a version."`
	PyTorchJob       renderTraining `cmd:"" name:"pytorchjob" help:"The PyTorchJob that trains a night's model."`
}

type renderServing struct {
	Version   string `required:"" help:"The version, such as 13."`
	Namespace string `default:"daybreak" help:"Namespace."`
	Name      string `default:"recommender" help:"Name of the InferenceService."`
	ModelName string `default:"recommender" help:"Registered model."`
}

func (c *renderServing) Run(_ context.Context, out *command.Output) error {
	service, err := render.InferenceService(render.Serving{Namespace: c.Namespace, Name: c.Name, Model: c.ModelName, Version: c.Version})
	if err != nil {
		return command.Usagef("%v", err)
	}
	return printObject(out, service)
}

type renderTraining struct {
	Date      string `required:"" help:"The night's day, such as 2011-11-08."`
	Digest    string `required:"" help:"Digest of the night's configuration, as in the model folder's name."`
	Namespace string `default:"daybreak" help:"Namespace."`
	ModelName string `default:"recommender" help:"Registered model."`
	Image     string `default:"ghcr.io/daybreak-ml/trainer" help:"The trainer's image."`
	Claim     string `default:"daybreak-data" help:"Volume claim that holds events/ and models/."`
	Workers   int    `default:"0" help:"Workers besides the master."`
}

func (c *renderTraining) Run(_ context.Context, out *command.Output) error {
	date, err := parseDay("--date", c.Date)
	if err != nil {
		return err
	}
	job, err := render.PyTorchJob(render.Training{
		Namespace: c.Namespace, Model: c.ModelName, Date: date, Digest: c.Digest, Image: c.Image, Claim: c.Claim, Workers: c.Workers,
	})
	if err != nil {
		return command.Usagef("%v", err)
	}
	return printObject(out, job)
}

// printObject writes an object as YAML, or as JSON where that is asked for.
func printObject(out *command.Output, object runtime.Object) error {
	if out.IsJSON() {
		return out.JSON(object)
	}
	document, err := render.YAML(object)
	if err != nil {
		return err
	}
	out.Printf("%s", document)
	return nil
}
