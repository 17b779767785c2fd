#!/usr/bin/env bash
# Runs each fuzz target of the module for FUZZTIME, 5000 executions by default, as many at once as there
# are cores: most of a target's time is its package's linking, which takes one.
# A number of executions rather than a time: before Go 1.27 the end of a time is now and then
# reported as a failure, "context deadline exceeded", of a target that found nothing
# (https://go.dev/issue/75804).
set -euo pipefail
cd "$(dirname "$0")"

# fuzz runs the target that a line of grep's, file:line:function, names.
fuzz() {
	local file target package log
	file=${1%%:*} target=${1##*:func } && target=${target%%(*} package=./$(dirname "$file")
	log=$(mktemp)
	if go test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-5000x}" -parallel 1 "$package" >"$log" 2>&1; then
		echo "fuzzed $package $target"
	else
		echo "$package $target failed:" && cat "$log" && rm "$log" && return 1
	fi
	rm "$log"
}
export -f fuzz

targets=$(git ls-files '*_test.go' | grep -v '^e2e/' | xargs grep -nE '^func Fuzz[A-Za-z0-9_]*\(')
xargs -d '\n' -n 1 -P "$(nproc)" bash -c 'fuzz "$1"' fuzz <<<"$targets"
echo "$(wc -l <<<"$targets") fuzz targets passed"
