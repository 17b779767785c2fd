package ingest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
)

// MinSaltBytes is the least length of a salt: with a shorter one, ids could be found by trying.
const MinSaltBytes = 16

// idBytes is how much of a hash makes an id: 128 bits, so that no two events of a shop share one.
const idBytes = 16

// identifier makes the ids of events, and of shoppers where they are hashed.
type identifier struct {
	source string
	salted bool
	hash   hash.Hash
	sum    []byte
	users  map[string]string
}

func newIdentifier(source, salt string) (*identifier, error) {
	if salt == "" {
		return &identifier{source: source, hash: sha256.New()}, nil
	}
	if len(salt) < MinSaltBytes {
		return nil, fmt.Errorf("hash users: the salt has %d bytes; give at least %d", len(salt), MinSaltBytes)
	}
	// The salt goes into event ids too: made of the whole row alone, they would let a shopper be
	// found by trying.
	return &identifier{
		source: source,
		salted: true,
		hash:   hmac.New(sha256.New, []byte(salt)),
		users:  map[string]string{},
	}, nil
}

func (i *identifier) hashes() bool { return i.salted }

// user returns the id under which a shopper is stored.
func (i *identifier) user(id string) string {
	if !i.salted || id == "" {
		return id
	}
	hashed, ok := i.users[id]
	if !ok {
		hashed = i.digest("user", []string{id}, 0)
		i.users[id] = hashed
	}
	return hashed
}

// event returns the id of the event that a row tells of; repeat counts rows like it before.
func (i *identifier) event(fields []string, repeat int) string {
	return i.digest(i.source, fields, repeat)
}

// digest hashes texts so that other texts, or the same cut elsewhere, give another result.
func (i *identifier) digest(kind string, texts []string, repeat int) string {
	i.hash.Reset()
	i.write(kind)
	for _, text := range texts {
		i.write(text)
	}
	if repeat > 0 {
		i.write(fmt.Sprint("repeat ", repeat))
	}
	i.sum = i.hash.Sum(i.sum[:0])
	return hex.EncodeToString(i.sum[:idBytes])
}

func (i *identifier) write(text string) {
	var length [8]byte
	binary.LittleEndian.PutUint64(length[:], uint64(len(text)))
	// A hash's Write never returns an error.
	_, _ = i.hash.Write(length[:])
	_, _ = i.hash.Write([]byte(text))
}
