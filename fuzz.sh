#!/usr/bin/env bash
# Runs each fuzz target of the module for FUZZTIME (5s by default), one after the other.
set -euo pipefail
cd "$(dirname "$0")"
targets=0
while IFS=: read -r file _ target; do
	target=${target%%(*}
	target=${target#func }
	package=./$(dirname "$file")
	echo "fuzz $package $target"
	go test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-5s}" "$package" >/tmp/fuzz.$$ 2>&1 || { cat /tmp/fuzz.$$; rm -f /tmp/fuzz.$$; exit 1; }
	rm -f /tmp/fuzz.$$
	targets=$((targets + 1))
done < <(git ls-files '*_test.go' | grep -v '^e2e/' | xargs grep -nE '^func Fuzz[A-Za-z0-9_]*\(' )
echo "$targets fuzz targets passed"
