package mlflow_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/mlflow"
)

// newVersion makes a registered model of the test's name with a version.
func newVersion(t *testing.T, client *mlflow.Client, key string) mlflow.Version {
	t.Helper()
	run, err := client.EnsureRun(t.Context(), newExperiment(t, client), key, "", nil)
	require.NoError(t, err)
	require.NoError(t, client.EnsureRegisteredModel(t.Context(), ownName(t), "recommends"))
	version, err := client.EnsureVersion(t.Context(), ownName(t), run.ID, "model", map[string]string{"night": key})
	require.NoError(t, err)
	return version
}

func TestEnsureVersionMakesOneVersionForARun(t *testing.T) {
	client := newClient(t, trackingURI())
	first := newVersion(t, client, "monday")
	require.Equal(t, "1", first.Version)
	require.Equal(t, mlflow.VersionReady, first.Status)
	require.Equal(t, map[string]string{"night": "monday"}, first.Tags)
	require.Equal(t, first, newVersion(t, client, "monday"))
	require.Equal(t, "2", newVersion(t, client, "tuesday").Version)

	_, err := client.EnsureVersion(t.Context(), ownName(t), first.RunID, "elsewhere", nil)
	require.ErrorContains(t, err, "has version 1 already")
}

func TestAliasesMoveAreReadBackAndGo(t *testing.T) {
	client := newClient(t, trackingURI())
	name := ownName(t)
	newVersion(t, client, "monday")
	newVersion(t, client, "tuesday")

	_, err := client.VersionByAlias(t.Context(), name, "champion")
	require.True(t, mlflow.IsNotFound(err), "%v", err)
	for _, number := range []string{"1", "2"} {
		require.NoError(t, client.SetAlias(t.Context(), name, "champion", number))
		version, err := client.VersionByAlias(t.Context(), name, "champion")
		require.NoError(t, err)
		require.Equal(t, number, version.Version)
		require.Equal(t, []string{"champion"}, version.Aliases)
	}
	for range 2 {
		require.NoError(t, client.DeleteAlias(t.Context(), name, "champion"))
	}
	_, err = client.VersionByAlias(t.Context(), name, "champion")
	require.True(t, mlflow.IsNotFound(err), "%v", err)
	require.Error(t, client.SetAlias(t.Context(), name, "champion", "99"))
}

func TestSetAliasReportsThatSomeoneElseMovedIt(t *testing.T) {
	client := newClient(t, trackingURI())
	name := ownName(t)
	newVersion(t, client, "monday")
	newVersion(t, client, "tuesday")
	proxy := newProxy(t)
	proxy.after("POST", "registered-models/alias", func() {
		post(t, "registered-models/alias", fmt.Sprintf(`{"name": %q, "alias": "champion", "version": "1"}`, name))
	})

	err := newClient(t, proxy.uri).SetAlias(t.Context(), name, "champion", "2")
	var moved *mlflow.AliasMovedError
	require.ErrorAs(t, err, &moved)
	require.Equal(t, mlflow.AliasMovedError{Model: name, Alias: "champion", Want: "2", Got: "1"}, *moved)
}

func TestVersionsAreTaggedAndFound(t *testing.T) {
	client := newClient(t, trackingURI())
	name := ownName(t)
	for _, key := range []string{"monday", "tuesday", "wednesday"} {
		newVersion(t, client, key)
	}
	require.NoError(t, client.SetVersionTag(t.Context(), name, "2", "daybreak.gate", "reject"))
	require.NoError(t, client.SetVersionTag(t.Context(), name, "2", "daybreak.gate", "promote"))
	version, err := client.Version(t.Context(), name, "2")
	require.NoError(t, err)
	require.Equal(t, map[string]string{"night": "tuesday", "daybreak.gate": "promote"}, version.Tags)

	query := mlflow.VersionQuery{Filter: "name = '" + name + "'", OrderBy: []string{"version_number DESC"}}
	versions, err := client.SearchVersions(t.Context(), query)
	require.NoError(t, err)
	require.Len(t, versions, 3)
	require.Equal(t, "3", versions[0].Version)
	query.Limit = 1
	versions, err = client.SearchVersions(t.Context(), query)
	require.NoError(t, err)
	require.Len(t, versions, 1)

	_, err = client.Version(t.Context(), name, "99")
	require.True(t, mlflow.IsNotFound(err), "%v", err)
	require.NoError(t, client.EnsureRegisteredModel(t.Context(), name, "another description"))
}

func TestModelsAndVersionsAreDescribedTaggedAndFound(t *testing.T) {
	client := newClient(t, trackingURI())
	name := ownName(t)
	newVersion(t, client, "monday")
	require.NoError(t, client.SetAlias(t.Context(), name, "champion", "1"))
	require.NoError(t, client.SetRegisteredModelDescription(t.Context(), name, "# recommends"))
	require.NoError(t, client.SetRegisteredModelTag(t.Context(), name, "shop", "gifts"))
	require.NoError(t, client.SetVersionDescription(t.Context(), name, "1", "better"))

	model, err := client.RegisteredModel(t.Context(), name)
	require.NoError(t, err)
	require.Equal(t, "# recommends", model.Description)
	require.Equal(t, map[string]string{"shop": "gifts"}, model.Tags)
	require.Equal(t, map[string]string{"champion": "1"}, model.Aliases)
	found, err := client.SearchRegisteredModels(t.Context(), "name = '"+name+"'")
	require.NoError(t, err)
	require.Equal(t, []mlflow.RegisteredModel{model}, found)
	version, err := client.Version(t.Context(), name, "1")
	require.NoError(t, err)
	require.Equal(t, "better", version.Description)
	_, err = client.RegisteredModel(t.Context(), "no such model")
	require.True(t, mlflow.IsNotFound(err), "%v", err)
}
