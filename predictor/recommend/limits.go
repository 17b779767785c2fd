package recommend

import (
	"fmt"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/predictor/instance"
)

// What one request may ask for at most.
const (
	MaxBody        = 4 << 20 // bytes, after decompression
	MaxInstances   = 1000    // shoppers
	MaxRecommended = 100_000 // items, over all shoppers
)

// CheckSize reports requests that ask for too many items together. Error: *instance.Error about k.
func CheckSize(requests []model.Request) error {
	asked := 0
	for _, request := range requests {
		asked += request.K
	}
	if asked > MaxRecommended {
		return &instance.Error{Field: "k", Message: fmt.Sprintf("asks for %d items in all, for %d shoppers; there must be at most %d", asked, len(requests), MaxRecommended)}
	}
	return nil
}
