package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/model"
)

func TestWhoIsAskedForIsInTheModel(t *testing.T) {
	b := benchmark{Work: t.TempDir(), Users: 50}
	c, err := b.simulated(size{"small", b.Users, 200, 8})
	require.NoError(t, err)
	require.Len(t, c.Users, b.Users)
	m, err := model.Load(c.Folder)
	require.NoError(t, err)
	for _, user := range c.Users {
		_, known := m.UserIndex(user)
		require.True(t, known, user)
	}
	require.NoError(t, m.Close())

	again, err := trained("a shop", c.Folder)
	require.NoError(t, err)
	require.Equal(t, c.Users, again.Users, "the same rows are asked for, whoever made the model")
	require.Equal(t, "a shop, 200 items", again.Name)
	require.Equal(t, c.Items, again.Items)
}
