package controllers

import (
	"io/fs"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestChooseKeepsTheOrderOfInstallation(t *testing.T) {
	chosen, err := Choose([]string{"trainer", "jobset", "kserve"})
	require.NoError(t, err)
	var names []string
	for _, controller := range chosen {
		names = append(names, controller.Name)
	}
	require.Equal(t, []string{"kserve", "jobset", "trainer"}, names)
}

func TestChooseNamesWhatThereIs(t *testing.T) {
	_, err := Choose([]string{"istio"})
	require.ErrorContains(t, err, `no controller is called "istio": there are kserve, training-operator`)
}

func TestEveryControllerHasAKustomization(t *testing.T) {
	for _, controller := range All() {
		_, err := fs.Stat(manifests, "manifests/"+controller.Name+"/kustomization.yaml")
		require.NoError(t, err)
	}
}

func TestWhatAControllerNeedsIsInstalledBeforeIt(t *testing.T) {
	var before []string
	for _, controller := range All() {
		for _, needed := range controller.Needs {
			require.Contains(t, before, needed, controller.Name)
		}
		before = append(before, controller.Name)
	}
}

func TestPartitionTakesDefinitionsOutOfAStream(t *testing.T) {
	definition := "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: a}"
	object := "apiVersion: v1\nkind: ConfigMap\ndata:\n  text: |\n    kind: CustomResourceDefinition"

	definitions, others := partition([]byte(definition + "\n---\n" + object))

	require.Equal(t, definition+"\n---\n", string(definitions))
	require.Equal(t, object+"\n---\n", string(others))
}
