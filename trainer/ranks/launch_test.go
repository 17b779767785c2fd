package ranks_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/daybreak-ml/daybreak/trainer/ranks"
)

func from(variables map[string]string) (ranks.Launch, error) {
	return ranks.FromEnvironment(func(name string) string { return variables[name] })
}

func TestTheLaunchComesFromTheEnvironment(t *testing.T) {
	for _, c := range []struct {
		name string
		set  map[string]string
		want ranks.Launch
	}{
		{"nothing set", nil, ranks.Launch{Size: 1}},
		{"one rank", map[string]string{"WORLD_SIZE": "1", "RANK": "0"}, ranks.Launch{Size: 1}},
		{"as PyTorchJob sets it", map[string]string{"WORLD_SIZE": "3", "RANK": "2", "MASTER_ADDR": "job-master-0", "MASTER_PORT": "23456"},
			ranks.Launch{Rank: 2, Size: 3, Host: "job-master-0", Port: "23456"}},
		{"PET comes first", map[string]string{
			"PET_NNODES": "2", "PET_NODE_RANK": "1", "PET_MASTER_ADDR": "node-0", "PET_MASTER_PORT": "29500",
			"WORLD_SIZE": "8", "RANK": "7", "MASTER_ADDR": "other", "MASTER_PORT": "1",
		}, ranks.Launch{Rank: 1, Size: 2, Host: "node-0", Port: "29500"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := from(c.set)
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
}

func TestALaunchThatCannotBeRightIsNamed(t *testing.T) {
	whole := func(change func(map[string]string)) map[string]string {
		set := map[string]string{"WORLD_SIZE": "3", "RANK": "2", "MASTER_ADDR": "m", "MASTER_PORT": "23456"}
		change(set)
		return set
	}
	for _, c := range []struct {
		message string
		change  func(map[string]string)
	}{
		{`PET_NNODES is "1:4"`, func(set map[string]string) { set["PET_NNODES"] = "1:4" }},
		{`RANK is "3"; with 3 ranks it must be from 0 to 2`, func(set map[string]string) { set["RANK"] = "3" }},
		{`RANK is ""`, func(set map[string]string) { delete(set, "RANK") }},
		{"MASTER_ADDR is not set", func(set map[string]string) { delete(set, "MASTER_ADDR") }},
		{`MASTER_PORT is "http"`, func(set map[string]string) { set["MASTER_PORT"] = "http" }},
	} {
		t.Run(c.message, func(t *testing.T) {
			_, err := from(whole(c.change))
			require.ErrorContains(t, err, c.message)
		})
	}
}
