package target_test

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/predictor/target"
)

func TestAPathThatStandsForItselfIsWhatNetURLReads(t *testing.T) {
	for _, path := range []string{"/", "/v1/models/recommender:predict", "/v2/models/a-b_c.d~e/versions/7/infer", "/a//b/../c"} {
		require.True(t, target.IsPath(path), path)
		parsed, err := url.ParseRequestURI(path)
		require.NoError(t, err)
		require.Equal(t, &url.URL{Path: path}, parsed)
	}
}

func TestOtherTargetsAreParsed(t *testing.T) {
	for _, other := range []string{"", "*", "v1", "//host/path", "/a?b=c", "/a%20b", "/a b", "/a#b", "/ü", "http://host/", "/a+b", "/\x00"} {
		require.False(t, target.IsPath(other), other)
	}
}
