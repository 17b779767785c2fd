#!/usr/bin/env bash
# Runs each fuzz target of the module for FUZZTIME, 5000 executions by default, one after the other.
# A number of executions rather than a time: before Go 1.27 the end of a time is now and then
# reported as a failure, "context deadline exceeded", of a target that found nothing
# (https://go.dev/issue/75804).
set -euo pipefail
cd "$(dirname "$0")"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
targets=0
while IFS=: read -r file _ target; do
	target=${target%%(*}
	target=${target#func }
	package=./$(dirname "$file")
	echo "fuzz $package $target"
	go test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-5000x}" "$package" >"$log" 2>&1 || { cat "$log"; exit 1; }
	targets=$((targets + 1))
done < <(git ls-files '*_test.go' | grep -v '^e2e/' | xargs grep -nE '^func Fuzz[A-Za-z0-9_]*\(')
echo "$targets fuzz targets passed"
