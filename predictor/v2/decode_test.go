package v2_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/predictor/instance"
	"github.com/daybreak-ml/daybreak/predictor/recommend"
	v2 "github.com/daybreak-ml/daybreak/predictor/v2"
)

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"id":"42","parameters":{"k":20,"categories":["garden"],"exclude":"[\"71053\"]"},
		"inputs":[{"name":"user_id","datatype":"BYTES","shape":[2],"data":["17850",""]},
		          {"name":"history","datatype":"BYTES","shape":[2,1],"data":["","[\"85123A\",{\"item_id\":\"22423\"}]"]}],
		"outputs":[{"name":"score"}]}`), []byte{})
	f.Add([]byte(`{"parameters":{"k":0},"inputs":[]}`), []byte{})
	f.Add([]byte(`{"inputs":[{"name":"user_id","datatype":"BYTES","shape":[-1],"data":[]}]}`), []byte{})
	f.Add([]byte(`{"inputs":[null]}`), []byte{})
	f.Add([]byte(`{"inputs":[{"name":"user_id","datatype":"BYTES","shape":[2],"data":[["17850"],[""]]}]}`), []byte{})
	f.Add([]byte(`{"inputs":[{"name":"user_id","datatype":"BYTES","shape":[2],"parameters":{"binary_data_size":13}}],
		"outputs":[{"name":"score","parameters":{"binary_data":true}}]}`), []byte{5, 0, 0, 0, '1', '7', '8', '5', '0', 0, 0, 0, 0})
	f.Add([]byte(`{"inputs":[{"name":"user_id","datatype":"BYTES","shape":[1],"parameters":{"binary_data_size":4}}]}`), []byte{255, 255, 255, 255})
	f.Fuzz(func(t *testing.T, document, binary []byte) {
		inference, err := v2.Decode(document, binary)
		if err != nil {
			var malformed *instance.Error
			require.True(t, errors.As(err, &malformed), "%v", err)
			return
		}
		require.NotEmpty(t, inference.Outputs)
		require.LessOrEqual(t, len(inference.Outputs), 4)
		require.NotEmpty(t, inference.Requests)
		require.LessOrEqual(t, len(inference.Requests), recommend.MaxInstances)
		for _, request := range inference.Requests {
			require.NoError(t, request.Validate())
			require.Equal(t, inference.Requests[0].K, request.K)
		}
	})
}
