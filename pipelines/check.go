package main

import (
	"context"
	"strings"

	"github.com/daybreak-ml/daybreak/command"
	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/pipelines/check"
	"github.com/daybreak-ml/daybreak/pipelines/night"
)

type checkCommand struct {
	Events      string `required:"" type:"existingdir" help:"Folder that holds events/, as ingest writes it; the report goes into reports/ there."`
	Day         string `required:"" help:"The day, such as 2011-06-01."`
	CheckPolicy string `type:"existingfile" help:"When a day is held (YAML); without it, the default."`
}

func (c *checkCommand) Run(ctx context.Context, out *command.Output) error {
	day, err := parseDay("--day", c.Day)
	if err != nil {
		return err
	}
	policy, err := check.Load(c.CheckPolicy)
	if err != nil {
		return err
	}
	store, err := events.OpenStore(c.Events)
	if err != nil {
		return err
	}
	report, err := night.CheckDay(ctx, store, c.Events, day, policy)
	if err != nil {
		return err
	}
	if out.IsJSON() {
		return out.JSON(report)
	}
	out.Printf("%s  %s: %s\n", day, report.Verdict, report.Summary())
	for _, finding := range report.Findings {
		mark := " "
		if finding.Outside {
			mark = "!"
		}
		out.Printf("  %s %s: %s\n", mark, strings.ReplaceAll(finding.Name, "_", " "), finding.Says)
	}
	return nil
}
