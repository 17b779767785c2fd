package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"github.com/daybreak-ml/daybreak/command"
	"github.com/daybreak-ml/daybreak/events"
	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/checkpoint"
	"github.com/daybreak-ml/daybreak/trainer/interactions"
	"github.com/daybreak-ml/daybreak/trainer/learn"
	"github.com/daybreak-ml/daybreak/trainer/ranks"
)

// togetherFlags say how the ranks of a training come together, and how it goes
// on after it was ended. How many ranks there are, the environment says.
type togetherFlags struct {
	CheckpointDir     string        `type:"path" help:"Folder that keeps how far training has come, until the model is complete; by default the model folder's name with .checkpoints."`
	CheckpointEvery   int           `default:"5" help:"Epochs from one checkpoint to the next; the last epoch and SIGTERM make one too."`
	RendezvousTimeout time.Duration `default:"10m" help:"How long ranks wait for one that isn't there."`
	TLSCert           string        `name:"tls-cert" type:"existingfile" help:"Certificate (PEM) by which ranks know each other; it names rank 0's address. With --tls-key and --tls-ca."`
	TLSKey            string        `name:"tls-key" type:"existingfile" help:"Its key."`
	TLSCa             string        `name:"tls-ca" type:"existingfile" help:"Certificates of the authority that signed every rank's."`
}

func (f togetherFlags) validate() error {
	if f.CheckpointEvery < 1 {
		return command.Usagef("--checkpoint-every is %d; it must be 1 or more", f.CheckpointEvery)
	}
	if f.RendezvousTimeout <= 0 {
		return command.Usagef("--rendezvous-timeout is %s; it must be more than 0", f.RendezvousTimeout)
	}
	if given := f.certificates(); given != (ranks.Certificates{}) && (given.Certificate == "" || given.Key == "" || given.Authority == "") {
		return command.Usagef("--tls-cert, --tls-key and --tls-ca must be given together")
	}
	return nil
}

func (f togetherFlags) certificates() ranks.Certificates {
	return ranks.Certificates{Certificate: f.TLSCert, Key: f.TLSKey, Authority: f.TLSCa}
}

// checkpoints is where those of a model are kept.
func (f togetherFlags) checkpoints(modelDir string) *checkpoint.Folder {
	dir := f.CheckpointDir
	if dir == "" {
		dir = modelDir + ".checkpoints"
	}
	return &checkpoint.Folder{Dir: dir, Every: f.CheckpointEvery}
}

// ranks says how this process finds the others.
func (c *trainCommand) ranks(launch ranks.Launch, store *events.Store, asOf events.Day, settings learn.Settings) (ranks.Options, error) {
	options := ranks.Options{Launch: launch, Timeout: c.RendezvousTimeout, Certificates: c.certificates()}
	called, err := json.Marshal(struct {
		AsOf, Name, Salt string
		Share            float64
		Settings         learn.Settings
	}{asOf.String(), c.ModelName, c.HoldoutSalt, c.HoldoutShare, settings})
	if err != nil {
		return ranks.Options{}, fmt.Errorf("digest of the settings: %w", err)
	}
	data := sha256.New()
	days, err := store.DaysBefore(asOf)
	if err != nil {
		return ranks.Options{}, err
	}
	for _, day := range days {
		manifest, err := store.Manifest(day)
		if err != nil {
			return ranks.Options{}, err
		}
		_, _ = fmt.Fprintln(data, day, manifest.SHA256) // a hash takes everything
	}
	options.Agreement = ranks.Agreement{Settings: digestOf(called), Data: hex.EncodeToString(data.Sum(nil))}
	return options, nil
}

func digestOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// lead lets the other ranks come, where there are any and there is something
// left to do. A nil team is this process alone.
func (c *trainCommand) lead(launch ranks.Launch, store *events.Store, asOf events.Day, settings learn.Settings) (*ranks.Team, error) {
	if _, err := os.Stat(c.ModelDir); launch.Size == 1 || !errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	options, err := c.ranks(launch, store, asOf, settings)
	if err != nil {
		return nil, err
	}
	return ranks.Lead(options)
}

// assist does what rank 0 asks until the model is complete.
func (c *trainCommand) assist(ctx context.Context, launch ranks.Launch, asOf events.Day, settings learn.Settings) error {
	store, err := events.OpenStore(c.Events)
	if err != nil {
		return err
	}
	options, err := c.ranks(launch, store, asOf, settings)
	if err != nil {
		return err
	}
	if err := ranks.Assist(ctx, options, learn.Tasks(interactions.NewShare(store)), c.finished); err != nil {
		return resumable(ctx, err)
	}
	slog.Info("the model is complete", "rank", launch.Rank)
	return nil
}

// finished says whether the model is there, as the last that a rank sees of a
// training whose rank 0 has ended.
func (c *trainCommand) finished() (bool, error) {
	if _, err := os.Stat(c.ModelDir); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	m, err := model.Load(c.ModelDir)
	if err != nil {
		return false, fmt.Errorf("--model-dir %s exists but is no model: %w", c.ModelDir, err)
	}
	return true, m.Close()
}

// resumable gives errors after which starting again goes on where training was
// the exit codes that say so.
func resumable(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return &command.ExitError{Code: command.Terminated, Err: fmt.Errorf("ended by a signal; start it again to go on: %w", err)}
	case errors.Is(err, ranks.ErrUnreached), errors.Is(err, ranks.ErrAgain):
		return &command.ExitError{Code: command.Retry, Err: err}
	}
	return err
}
