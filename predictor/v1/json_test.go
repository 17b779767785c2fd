package v1

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/predictor/instance"
	"github.com/daybreak-ml/daybreak/predictor/recommend"
)

// Benchmarks of reading a request and writing an answer, each beside encoding/json:
//
//	go test ./predictor/v1 -run '^$' -bench . -benchmem

var body = []byte(`{"instances":[{"user_id":"17850","history":["85123A",{"item_id":"22423","type":"cart","time":"2011-11-08T10:00:00Z"}],` +
	`"k":10,"exclude":["71053"],"exclude_seen":true,"categories":["lighting"],"in_stock":true}]}`)

// plain is the body as encoding/json reads it, without a check of anything.
type plain struct {
	Instances []struct {
		User        string            `json:"user_id"`
		History     []json.RawMessage `json:"history"`
		K           int               `json:"k"`
		Exclude     []string          `json:"exclude"`
		ExcludeSeen bool              `json:"exclude_seen"`
		Categories  []string          `json:"categories"`
		InStock     bool              `json:"in_stock"`
	} `json:"instances"`
}

func BenchmarkDecode(b *testing.B) {
	b.Run("stream", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		var texts instance.Texts
		var requests []model.Request
		for b.Loop() {
			texts.Forget()
			var err error
			requests, err = Decode(&texts, requests[:0], body)
			require.NoError(b, err)
		}
	})
	b.Run("encoding-json", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		for b.Loop() {
			var into plain
			require.NoError(b, json.Unmarshal(body, &into))
		}
	})
}

// answer is a list of n items, as a request and as what answers it.
func answer(n int) ([]model.Request, recommend.Answers) {
	list := model.Answer{Strategy: model.Blend}
	for i := range n {
		list.Items = append(list.Items, model.Scored{ID: fmt.Sprintf("item-%05d", i), Score: 1 / float32(i+2)})
	}
	return []model.Request{{K: n}}, recommend.Answers{Version: "13", Lists: []model.Answer{list}}
}

func BenchmarkAnswer(b *testing.B) {
	requests, answers := answer(100)
	b.Run("appended", func(b *testing.B) {
		b.SetBytes(int64(len(predictions(nil, "recommender", requests, answers))))
		for b.Loop() {
			predictions(nil, "recommender", requests, answers)
		}
	})
	b.Run("encoding-json", func(b *testing.B) {
		b.SetBytes(int64(len(predictions(nil, "recommender", requests, answers))))
		for b.Loop() {
			_, err := json.Marshal(answers.Lists)
			require.NoError(b, err)
		}
	})
}

func TestAnAnswerIsJSONWhateverAnIdHolds(t *testing.T) {
	requests, answers := answer(2)
	requests[0].Explain = true
	answers.Lists[0].Items[0].ID = "\"\\\u0000<ü>\xff"
	answers.Lists[0].Items[1].Because = []string{`"`}
	var read struct {
		Predictions []struct {
			Items []struct {
				ItemID string `json:"item_id"`
				Reason struct{ Because []string }
			}
		}
	}
	require.NoError(t, json.Unmarshal(predictions(nil, "recommender", requests, answers), &read))
	require.Equal(t, "\"\\\u0000<ü>\ufffd", read.Predictions[0].Items[0].ItemID)
	require.Equal(t, []string{`"`}, read.Predictions[0].Items[1].Reason.Because)
}
