package versions

import (
	"log/slog"
	"sync/atomic"

	"github.com/daybreak-ml/daybreak/model"
)

// A Version is a model that serves or has served. Its memory is given back when it serves no longer
// and the last request that uses it has ended.
type Version struct {
	Name  string // as in the registry, such as "13"
	Model *model.Model

	from   location
	users  atomic.Int64 // requests that use it, and one more while it serves
	retire func()       // called when it is given back
}

func newVersion(from location, m *model.Model, retire func()) *Version {
	v := &Version{Name: from.version, Model: m, from: from, retire: retire}
	v.users.Store(1)
	return v
}

// retain reports false if the version has been given back already.
func (v *Version) retain() bool {
	for {
		users := v.users.Load()
		if users == 0 {
			return false
		}
		if v.users.CompareAndSwap(users, users+1) {
			return true
		}
	}
}

// Release ends the use of a version that Acquire returned.
func (v *Version) Release() {
	if v.users.Add(-1) > 0 {
		return
	}
	if err := v.Model.Close(); err != nil {
		slog.Error("a model's memory could not be given back", "version", v.Name, "error", err)
	}
	v.retire()
}
