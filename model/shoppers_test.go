package model_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/model/modeltest"
)

func TestAModelOfManyShoppersAnswersFromItsFilesAsFromMemory(t *testing.T) {
	const users, rank = 33_000, 128 // 16 MiB of factors and a little more
	p := modeltest.Parameters(t, 1, modeltest.Size{Users: users, Items: 50, Rank: rank})
	dir := filepath.Join(t.TempDir(), "1")
	require.NoError(t, model.Write(dir, p))
	loaded, err := model.Load(dir)
	require.NoError(t, err)
	defer func() { require.NoError(t, loaded.Close()) }()
	inMemory, err := model.New(p)
	require.NoError(t, err)
	asked := []string{"", "!", "zzz", p.Users[0] + "0", p.Users[users-1] + "0"}
	for u := 0; u < users; u += 61 {
		asked = append(asked, p.Users[u])
	}
	for _, user := range append(asked, p.Users[users-1]) {
		for _, request := range []model.Request{{User: user, K: 10, Explain: true}, {User: user, K: 10, ExcludeSeen: true, History: []model.Interaction{{Item: modeltest.ItemID(3)}}}} {
			require.Equal(t, recommend(t, inMemory, request), recommend(t, loaded, request), "of %q", user)
		}
	}
}
