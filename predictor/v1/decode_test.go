package v1_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/predictor/instance"
	"github.com/daybreak-ml/daybreak/predictor/recommend"
	v1 "github.com/daybreak-ml/daybreak/predictor/v1"
)

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"instances":[{"user_id":"17850","history":["85123A",{"item_id":"22423","type":"cart","time":"2011-11-08T10:00:00Z","value":2}],"k":10,"exclude":["71053"],"exclude_seen":true,"categories":["lighting"],"in_stock":true,"similar_to":null,"explain":true}]}`))
	f.Add([]byte(`{"instances":[{},{"k":1000000000}]}`))
	f.Add([]byte(`{"instances":[null]}`))
	f.Add([]byte(`{"instances":{}}`))
	f.Add([]byte(`[`))
	f.Fuzz(func(t *testing.T, body []byte) {
		requests, err := v1.Decode(&instance.Texts{}, nil, body)
		if err != nil {
			var malformed *instance.Error
			require.True(t, errors.As(err, &malformed), "%v", err)
			return
		}
		require.LessOrEqual(t, len(requests), recommend.MaxInstances)
		for _, request := range requests {
			require.NoError(t, request.Validate())
			require.LessOrEqual(t, request.K, model.MaxK)
		}
	})
}
