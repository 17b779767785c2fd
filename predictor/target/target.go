// Package target tells request targets that need no parsing from those that do.
package target

import "strings"

// IsPath says whether a target is a path that stands for itself: nothing in it is escaped, and there is no query, so
// that its URL is but that path.
func IsPath(target string) bool {
	if !strings.HasPrefix(target, "/") || strings.HasPrefix(target, "//") {
		return false
	}
	for i := range len(target) {
		if !plain[target[i]] {
			return false
		}
	}
	return true
}

// plain says which bytes stand for themselves in a path.
var plain = newPlain()

func newPlain() (plain [256]bool) {
	const all = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/:"
	for i := range len(all) {
		plain[all[i]] = true
	}
	return plain
}
