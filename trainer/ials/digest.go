package ials

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/daybreak-ml/daybreak/model"
	"github.com/daybreak-ml/daybreak/trainer/ranks"
)

// digest returns the SHA-256, in hex, of everything that decides what is learned
// of a matrix.
func (t task) digest(weights model.CSR, items int) (string, error) {
	decides, err := json.Marshal(struct {
		Objective    model.Factorisation
		Settings     Settings
		Items        int
		Instructions string
	}{t.Objective, t.Settings, items, ranks.Instructions()})
	if err != nil {
		return "", fmt.Errorf("digest of a factorisation: %w", err)
	}
	digest := sha256.New()
	digest.Write(decides)
	w := bufio.NewWriterSize(digest, 1<<20)
	if err := ranks.WriteMatrix(w, weights); err != nil {
		return "", fmt.Errorf("digest of a factorisation: %w", err)
	}
	if err := w.Flush(); err != nil {
		return "", fmt.Errorf("digest of a factorisation: %w", err)
	}
	return hex.EncodeToString(digest.Sum(nil)), nil
}
