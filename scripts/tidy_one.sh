#!/usr/bin/env bash
# tidy_one.sh BUILD FILE: clang-tidy over one file; speaks at length only when it has something to say.
set -euo pipefail
# What the build precompiles, given by name: g++'s precompiled form says nothing to clang.
case "$2" in
  tests/*) precompiled=tests/support/pch.h ;;
  *) precompiled=cdp/core/base/pch.h ;;
esac
if ! output="$(clang-tidy -p "$1" --quiet --extra-arg=-include --extra-arg="$precompiled" "$2" 2>&1)"; then
  printf '%s\n%s\n' "tidy: $2" "$output"
  exit 1
fi
printf 'tidy: %s ok\n' "$2"
