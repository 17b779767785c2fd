package night

import (
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/daybreak-ml/daybreak/mlflow"
	"github.com/daybreak-ml/daybreak/pipelines/gate"
	"github.com/daybreak-ml/daybreak/pipelines/registry"
)

// facts says of a model folder what needs no statistics.
func facts(dir string) (gate.Facts, error) {
	record, err := mlflow.ReadRecord(filepath.Join(dir, "training.json"))
	if err != nil {
		return gate.Facts{}, err
	}
	learned := registry.LearnedFrom(record)
	found := gate.Facts{Items: learned.Items, Users: learned.Users}
	err = filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			found.Bytes += info.Size()
		}
		return err
	})
	if err != nil {
		return gate.Facts{}, fmt.Errorf("size of model %s: %w", dir, err)
	}
	return found, nil
}
