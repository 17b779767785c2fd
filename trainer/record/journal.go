package record

import (
	"fmt"
	"strings"
	"time"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/evaluation"
	"github.com/daybreak-ml/daybreak/trainer/ials"
	"github.com/daybreak-ml/daybreak/trainer/learn"
)

// A Journal notes metrics at the time they come about, so that a chart of them
// tells how training went. It is used by one goroutine at a time.
type Journal struct {
	metrics []model.Metric
	show    func(model.Metric)
}

// NewJournal starts a journal; show is told of each metric as it is noted.
func NewJournal(show func(model.Metric)) *Journal { return &Journal{show: show} }

// note adds a point.
func (j *Journal) note(key string, value float64, step int) {
	metric := model.Metric{Key: key, Value: value, Step: int64(step), Timestamp: time.Now().UnixMilli()}
	j.metrics = append(j.metrics, metric)
	j.show(metric)
}

// Data notes how much there is to learn from.
func (j *Journal) Data(events, users, items int) {
	j.note("data/events", float64(events), 0)
	j.note("data/users", float64(users), 0)
	j.note("data/items", float64(items), 0)
}

// Epoch is a learn.Progress: it notes the loss of each epoch of the model
// itself.
func (j *Journal) Epoch(stage string, epoch ials.Epoch) {
	if stage == "learn" {
		j.note("train/loss", epoch.Loss, epoch.Number)
	}
}

// Validated notes the NDCG on the validation window after an epoch of what is
// learned for it.
func (j *Journal) Validated(epoch int, ndcg float64) {
	j.note(fmt.Sprintf("validation/ndcg_at_%d", learn.K), ndcg, epoch)
}

// summary notes how a model did where it was measured, if it was.
func (j *Journal) summary(where string, summary *evaluation.Summary) {
	if summary == nil {
		return
	}
	j.mean(where+"/all_", summary.All)
	j.mean(where+"/new_", summary.New)
	for _, name := range evaluation.SegmentNames() {
		if mean, found := summary.Segments[name]; found {
			j.mean(where+"/segments/"+strings.ReplaceAll(name, " ", "_")+"_", mean)
		}
	}
}

func (j *Journal) mean(prefix string, mean evaluation.Mean) {
	j.note(prefix+"users", float64(mean.Users), 0)
	j.note(fmt.Sprintf("%srecall_at_%d", prefix, mean.K), mean.Recall, 0)
	j.note(fmt.Sprintf("%sndcg_at_%d", prefix, mean.K), mean.NDCG, 0)
}
