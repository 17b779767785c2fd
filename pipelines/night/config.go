package night

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/events/ingest"
	"github.com/daybreak-ml/daybreak/events/mapping"
	"github.com/daybreak-ml/daybreak/events/source"
	"github.com/daybreak-ml/daybreak/pipelines/check"
	"github.com/daybreak-ml/daybreak/pipelines/gate"
	"github.com/daybreak-ml/daybreak/pipelines/launch"
	"github.com/daybreak-ml/daybreak/pipelines/registry"
)

// Config is what a night works on and with.
type Config struct {
	Date events.Day
	Data string // the folder that holds events/, models/, reports/ and serving/

	// Export is where missed days come from; nil where they are ingested by other means.
	Export *Export

	Launcher    launch.Launcher
	Trainer     launch.Program
	TrainConfig string // the trainer's settings, or empty

	CheckPolicy check.Policy
	GatePolicy  gate.Policy

	Registry registry.Registry
	Service  Service

	// Lease is held by a night while it works, so that one at a time moves the registered model's aliases
	// and the service; nil where the lock of the data folder does that, on one machine.
	Lease Lease
}

// Lease is leave to work, which one process has at a time.
type Lease interface {
	// Hold takes the Lease. The context it returns ends when the Lease is lost.
	Hold(ctx context.Context) (held context.Context, release func(), err error)
}

// Export is a shop's export and how it is read.
type Export struct {
	Source  source.Source
	Mapping *mapping.Mapping
	Options ingest.Options
}

// Service is what answers shoppers.
type Service interface {
	// HandOver makes the service answer with a version; when it fails, what served before still does.
	HandOver(ctx context.Context, version string) error
	// Fetch returns the folder of a version's model, which is verified.
	Fetch(ctx context.Context, version string) (string, error)
	// Clean removes what a killed hand-over left behind.
	Clean() error
}

// digest names the configuration: what a night of other settings would be told by. Addresses and
// folders are none of it.
func (c Config) digest() (string, error) {
	var settings []byte
	if c.TrainConfig != "" {
		var err error
		if settings, err = os.ReadFile(c.TrainConfig); err != nil {
			return "", fmt.Errorf("read training settings: %w", err)
		}
	}
	document, err := json.Marshal(struct {
		Model string       `json:"model"`
		Train string       `json:"train"`
		Check check.Policy `json:"check"`
		Gate  gate.Policy  `json:"gate"`
	}{c.Registry.Model, string(settings), c.CheckPolicy, c.GatePolicy})
	if err != nil {
		return "", fmt.Errorf("digest of the configuration: %w", err)
	}
	sum := sha256.Sum256(document)
	return hex.EncodeToString(sum[:]), nil
}

// digestLength is how many digits of the configuration's digest a model folder's name holds.
const digestLength = 8

func (c Config) modelsDir() string { return filepath.Join(c.Data, "models") }

func (c Config) modelDir(digest string) string {
	return filepath.Join(c.modelsDir(), c.Date.String()+"-"+digest[:digestLength])
}
