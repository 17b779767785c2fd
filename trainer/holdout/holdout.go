// Package holdout says which shoppers a night's models are compared on.
package holdout

import (
	"encoding/binary"

	"github.com/cespare/xxhash/v2"
)

// Days is how many of the last days before the as-of the group's events are kept
// from the item side of a model.
const Days = 7

// A Group is a share of the shoppers, chosen by a hash of their id, so that every
// night chooses the same ones as long as the salt stays.
type Group struct {
	Salt  string  // empty: nobody is in the group
	Share float64 // of all shoppers, from 0 to 1
}

// Contains says whether a shopper is in the group.
func (g Group) Contains(user string) bool {
	if g.Salt == "" {
		return false
	}
	hash := xxhash.New()
	var length [8]byte // so that salt and id can't run into each other
	binary.LittleEndian.PutUint64(length[:], uint64(len(g.Salt)))
	_, _ = hash.Write(length[:]) // a hash never fails
	_, _ = hash.WriteString(g.Salt)
	_, _ = hash.WriteString(user)
	return float64(hash.Sum64()>>11)/(1<<53) < g.Share
}
