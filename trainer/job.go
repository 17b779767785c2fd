package main

import (
	"fmt"
	"maps"
	"os"
	"time"

	"github.com/daybreak-ml/daybreak/trainer/evaluation"
	"github.com/daybreak-ml/daybreak/trainer/ials"
	"github.com/daybreak-ml/daybreak/trainer/learn"
	"github.com/daybreak-ml/daybreak/trainer/trainjob"
)

// jobProgress tells the TrainJob, if there is one, how far the training has come.
type jobProgress struct {
	reporter *trainjob.Reporter
	began    time.Time
	windows  int // that are validated on, at most
	shares   map[string]float64
	epochs   int // of the stage that is under way
	stage    string
	done     float64
	metrics  map[string]float64
}

// newJobProgress expects what the settings leave to do. The shares of the stages
// are those of a night on Online Retail.
func newJobProgress(settings learn.Settings, began time.Time) *jobProgress {
	shares := map[string]float64{"choose": 0.5, "validate": 0.3, "learn": 0.2}
	if settings.Blend != nil {
		shares = map[string]float64{"learn": 1}
	}
	return &jobProgress{
		reporter: trainjob.FromEnvironment(os.Getenv), began: began, windows: settings.ValidationWindows,
		shares: shares, metrics: map[string]float64{},
	}
}

// epoch is a learn.Progress.
func (p *jobProgress) epoch(stage string, epoch ials.Epoch) {
	if stage != p.stage {
		p.stage, p.epochs = stage, 0
	}
	p.epochs++
	of := epoch.Of
	if stage == "validate" {
		of *= p.windows
	}
	var before float64
	for _, name := range []string{"choose", "validate", "learn"} {
		if name == stage {
			break
		}
		before += p.shares[name]
	}
	p.done = max(p.done, before+p.shares[stage]*float64(p.epochs)/float64(max(1, of)))
	if epoch.Loss > 0 { // choosing has none
		p.metrics["loss"] = epoch.Loss
	}
	elapsed := time.Since(p.began)
	p.report(time.Duration(float64(elapsed) * (1 - p.done) / p.done))
}

// validated notes the NDCG on the validation window after an epoch, which is told
// next.
func (p *jobProgress) validated(ndcg float64) { p.metrics[fmt.Sprintf("ndcg@%d", learn.K)] = ndcg }

// finished tells the metrics of the model that was written.
func (p *jobProgress) finished(validation, holdout *evaluation.Summary) {
	for name, summary := range map[string]*evaluation.Summary{"validation": validation, "holdout": holdout} {
		if summary != nil {
			p.metrics[fmt.Sprintf("%s/ndcg@%d", name, learn.K)] = summary.All.NDCG
			p.metrics[fmt.Sprintf("%s/new/ndcg@%d", name, learn.K)] = summary.New.NDCG
		}
	}
	p.done = 1
	p.report(0)
}

func (p *jobProgress) report(remaining time.Duration) {
	p.reporter.Report(trainjob.Status{Done: p.done, Remaining: remaining, Metrics: maps.Clone(p.metrics)})
}
