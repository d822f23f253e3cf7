#!/usr/bin/env bash
# tidy_one.sh BUILD FILE: clang-tidy over one file; speaks only when it has something to say.
set -euo pipefail
if ! output="$(clang-tidy -p "$1" --quiet "$2" 2>&1)"; then
  printf '%s\n%s\n' "tidy: $2" "$output"
  exit 1
fi
printf 'tidy: %s ok\n' "$2"
