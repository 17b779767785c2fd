package cloudevents_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/predictor/cloudevents"
	"github.com/daybreak-ml/daybreak/predictor/instance"
	"github.com/daybreak-ml/daybreak/predictor/response"
)

func TestAnEventWithoutARequiredAttributeIsRefusedByItsName(t *testing.T) {
	for _, c := range []struct{ document, says string }{
		{`[]`, "body must be a CloudEvent"},
		{`{"specversion":"0.3","id":"1","source":"s","type":"t"}`, `specversion is "0.3"; it must be 1.0`},
		{`{"specversion":"1.0","source":"s","type":"t"}`, "id is missing or empty"},
		{`{"specversion":"1.0","id":"1","type":"t"}`, "source is missing or empty"},
		{`{"specversion":"1.0","id":"1","source":"s","type":7}`, "type must be a string"},
		{`{"specversion":"1.0","id":"1","source":"s","type":"t","data":{},"data_base64":""}`, "data_base64 is given, and data, too"},
		{`{"specversion":"1.0","id":"1","source":"s","type":"t","data_base64":"?"}`, "data_base64 must be base64"},
	} {
		_, err := cloudevents.FromDocument([]byte(c.document))
		require.ErrorContains(t, err, c.says)
	}
	_, err := cloudevents.FromHeader(http.Header{"Ce-Specversion": {"1.0"}, "Ce-Id": {"1"}, "Ce-Source": {"s"}})
	require.EqualError(t, err, "ce-type is missing or empty; every CloudEvent has one")
}

func TestAnAnswerThatIsAnErrorIsNoEvent(t *testing.T) {
	failing := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		response.Error(w, http.StatusBadRequest, "instances must be a list")
	})
	request := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{"specversion":"1.0","id":"1","source":"s","type":"t","data":{}}`))
	request.Header.Set("Content-Type", "application/cloudevents+json; charset=utf-8")
	answer := httptest.NewRecorder()
	cloudevents.Handler(failing, func(string) string { return "recommender" }).ServeHTTP(answer, request)
	require.Equal(t, http.StatusBadRequest, answer.Code)
	require.Equal(t, "application/json", answer.Header().Get("Content-Type"))
	require.JSONEq(t, `{"error":"instances must be a list"}`, answer.Body.String())
}

func FuzzDocument(f *testing.F) {
	f.Add([]byte(`{"specversion":"1.0","id":"1","source":"s","type":"t","datacontenttype":"application/json","data":{"instances":[{}]}}`))
	f.Add([]byte(`{"specversion":"1.0","id":"1","source":"s","type":"t","datacontenttype":"application/octet-stream","data_base64":"AAEC"}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		event, err := cloudevents.FromDocument(document)
		if err != nil {
			var malformed *instance.Error
			require.True(t, errors.As(err, &malformed), "%v", err)
			return
		}
		require.LessOrEqual(t, len(event.Data), len(document))
		event.DataContentType = "application/octet-stream"
		written := event.Document()
		require.True(t, json.Valid(written), "%s", written)
		again, err := cloudevents.FromDocument(written)
		require.NoError(t, err)
		require.Equal(t, event.ID, again.ID)
		require.Equal(t, string(event.Data), string(again.Data))
	})
}
