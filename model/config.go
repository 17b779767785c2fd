package model

import (
	"fmt"
	"time"
)

// FormatVersion is the version of the model folder that this package writes and reads.
const FormatVersion = 1

// Config is config.json: everything a scorer or an auditor needs to know of a model that its
// tensors don't say.
type Config struct {
	FormatVersion int    `json:"format_version"`
	ModelName     string `json:"model_name"`
	AsOf          string `json:"as_of"`     // a day as 2011-11-07; the model knows what came before its start
	TimeZone      string `json:"time_zone"` // in which AsOf starts, such as Europe/London
	Rank          int    `json:"rank"`      // length of a factor
	Seed          uint64 `json:"seed"`
	Window        Window `json:"window"`

	Hyperparameters map[string]float64 `json:"hyperparameters"` // of training; those of scoring are below
	Scoring         Scoring            `json:"scoring"`

	HoldoutSalt  string  `json:"holdout_salt"`  // decides which shoppers are the holdout group; empty if there is none
	HoldoutShare float64 `json:"holdout_share"` // of all shoppers, from 0 to 1

	Data   Data   `json:"data"`
	Counts Counts `json:"counts"`
}

// Window is the days that a model was trained on, both included.
type Window struct {
	Start string `json:"start"` // a day as 2011-11-07
	End   string `json:"end"`
}

// Data says which events a model was trained on.
type Data struct {
	Digest string      `json:"digest"` // over all days, as the trainer computes it
	Days   []DayDigest `json:"days,omitempty"`
}

// DayDigest is the SHA-256, in hex, of one day's partition of events.
type DayDigest struct {
	Day    string `json:"day"`
	SHA256 string `json:"sha256"`
}

// Counts says how much a model has learned from, and of what.
type Counts struct {
	Events int `json:"events"`
	Users  int `json:"users"`
	Items  int `json:"items"`
}

// AsOfTime returns the moment from which on the model knows nothing.
func (c Config) AsOfTime() (time.Time, error) {
	zone, err := time.LoadLocation(c.TimeZone)
	if err != nil {
		return time.Time{}, fmt.Errorf("time_zone is %q; it must be a name such as Europe/London: %w", c.TimeZone, err)
	}
	t, err := time.ParseInLocation(time.DateOnly, c.AsOf, zone)
	if err != nil {
		return time.Time{}, fmt.Errorf("as_of is %q; it must be a day such as 2011-11-07", c.AsOf)
	}
	return t, nil
}

func (c Config) validate() error {
	if c.FormatVersion != FormatVersion {
		return fmt.Errorf("format_version is %d; this program reads and writes %d", c.FormatVersion, FormatVersion)
	}
	if c.ModelName == "" {
		return fmt.Errorf("model_name is empty")
	}
	if c.Rank < 1 {
		return fmt.Errorf("rank is %d; it must be 1 or more", c.Rank)
	}
	if c.Counts.Items < 0 || c.Counts.Users < 0 {
		return fmt.Errorf("counts say %d items and %d users; both must be 0 or more", c.Counts.Items, c.Counts.Users)
	}
	if !(c.HoldoutShare >= 0 && c.HoldoutShare <= 1) {
		return fmt.Errorf("holdout_share is %v; it must be from 0 to 1", c.HoldoutShare)
	}
	if _, err := c.AsOfTime(); err != nil {
		return err
	}
	return c.Scoring.Validate()
}
