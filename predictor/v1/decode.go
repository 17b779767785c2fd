package v1

import (
	"fmt"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/predictor/instance"
	"github.com/daybreak-ml/daybreak/predictor/recommend"
)

// Decode appends the requests of a predict or explain body to requests, of which there are none. Their strings lie in texts.
// Error: *instance.Error.
func Decode(texts *instance.Texts, requests []model.Request, body []byte) ([]model.Request, error) {
	const kind = `a list such as [{"user_id": "17850"}], with one or more instances`
	err := instance.DocumentInto(texts, body, `a JSON object such as {"instances": [{"user_id": "17850"}]}`, func(r *instance.Reader, name string) error {
		if name != "instances" {
			return r.Skip()
		}
		_, err := r.List(kind, recommend.MaxInstances, func(int) error {
			request, err := instance.Decode(r)
			requests = append(requests, request)
			return err
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(requests) == 0 {
		return nil, &instance.Error{Field: "instances", Message: "must be " + kind}
	}
	if err := recommend.CheckSize(requests); err != nil {
		return nil, instance.At(path(0), err)
	}
	return requests, nil
}

// path names the i-th instance of a request.
func path(i int) string { return fmt.Sprintf("instances[%d]", i) }
