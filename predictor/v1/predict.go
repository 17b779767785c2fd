package v1

import (
	"net/http"
	"sync"
	"time"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/predictor/instance"
	"github.com/daybreak-ml/daybreak/predictor/recommend"
	"github.com/daybreak-ml/daybreak/predictor/response"
)

// predict answers a predict request and returns the version that did, or says why it couldn't.
func (a API) predict(w http.ResponseWriter, r *http.Request, name string) (version string, err error) {
	memory := calls.Get().(*call)
	if err := a.read(memory, w, r, name); err != nil {
		return "", err
	}
	answers, err := a.Service.Recommend(r.Context(), recommend.Target{Model: name}, memory.requests, path)
	if err != nil {
		return "", err
	}
	began := time.Now()
	memory.answer = predictions(memory.answer[:0], name, memory.requests, answers)
	answers.ReleaseAll()
	response.Send(w, http.StatusOK, "application/json", memory.answer)
	memory.giveBack()
	a.Service.Metrics.Model(name).Postprocessed(time.Since(began))
	return answers.Version, nil
}

// read reads the requests of a call into memory.
func (a API) read(memory *call, w http.ResponseWriter, r *http.Request, name string) (err error) {
	began := time.Now()
	if memory.body, err = a.Service.ReadBody(memory.body, w, r, name); err != nil {
		return err
	}
	if memory.requests, err = Decode(&memory.texts, memory.requests, memory.body); err == nil {
		a.Service.Metrics.Model(name).Preprocessed(time.Since(began))
	}
	return err
}

// calls keeps the memory of calls that were answered for those to come.
var calls = sync.Pool{New: func() any { return &call{} }}

// A call is the memory that it takes to read a call and to answer it.
type call struct {
	body     []byte
	requests []model.Request
	texts    instance.Texts // the requests' strings
	answer   []byte
}

// keepable is how large the memory of a call is at most that is kept, in bytes: a larger one was an exception.
const keepable = 64 << 10

// giveBack lets others have the memory.
func (c *call) giveBack() {
	if cap(c.body)+c.texts.Size()+cap(c.answer) > keepable {
		return
	}
	c.texts.Forget()
	clear(c.requests)
	c.body, c.requests, c.answer = c.body[:0], c.requests[:0], c.answer[:0]
	calls.Put(c)
}

// predictions appends an answer's body to body:
//
//	{"predictions":[{"items":[{"item_id":…,"score":…,"reason":{"because":[…]}}],"strategy":…}],
//	 "model_name":…,"model_version":…}
func predictions(body []byte, name string, requests []model.Request, answers recommend.Answers) []byte {
	body = append(body, `{"predictions":[`...)
	for i, list := range answers.Lists {
		if i > 0 {
			body = append(body, ',')
		}
		body = append(body, `{"items":[`...)
		for place, scored := range list.Items {
			if place > 0 {
				body = append(body, ',')
			}
			body = appendScored(body, scored, requests[i].Explain)
		}
		body = append(body, `],"strategy":`...)
		body = response.AppendString(body, string(list.Strategy))
		body = append(body, '}')
	}
	return appendModel(append(body, ']'), name, answers.Version)
}

func appendScored(body []byte, scored model.Scored, explained bool) []byte {
	body = append(body, `{"item_id":`...)
	body = response.AppendString(body, scored.ID)
	body = append(body, `,"score":`...)
	body = response.AppendFloat(body, scored.Score)
	if explained {
		body = append(body, `,"reason":{"because":`...)
		body = response.AppendStrings(body, scored.Because)
		body = append(body, '}')
	}
	return append(body, '}')
}

// appendModel appends the last fields of an answer and its end.
func appendModel(body []byte, name, version string) []byte {
	body = append(body, `,"model_name":`...)
	body = response.AppendString(body, name)
	body = append(body, `,"model_version":`...)
	body = response.AppendString(body, version)
	return append(body, '}')
}
