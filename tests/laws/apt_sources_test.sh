#!/usr/bin/env bash
# What ./dev would write and install on a fresh Debian 12, read from made-up apt sources.
set -euo pipefail
cd "$(dirname "$0")/../.."
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT
export CDP_APT_ETC="$scratch/apt" CDP_OS_RELEASE="$scratch/os-release"
# shellcheck source=scripts/packages.sh
source scripts/packages.sh

failures=0
expect() {  # expect NAME EXPECTED ACTUAL
  if [[ "$2" != "$3" ]]; then
    printf 'FAILED: %s\nexpected:\n%s\nactual:\n%s\n' "$1" "$2" "$3"
    failures=$((failures + 1))
  fi
}

fresh() {
  rm -rf "${CDP_APT_ETC:?}"
  mkdir -p "$CDP_APT_ETC/sources.list.d"
  echo "VERSION_CODENAME=${1:-bookworm}" >"$CDP_OS_RELEASE"
}

stanza() {  # stanza URI [SIGNED-BY line]
  printf 'Types: deb\nURIs: %s\nSuites: bookworm-backports\nComponents: main' "$1"
  [[ $# -lt 2 ]] || printf '\n%s' "$2"
}

fresh
cat >"$CDP_APT_ETC/sources.list" <<'LIST'
# deb http://commented.example/debian bookworm main
deb-src http://source.example/debian bookworm main
deb http://other.example/tools stable main
deb [arch=amd64 signed-by=/usr/share/keyrings/house.gpg] http://mirror.example/debian bookworm main contrib # ours
deb http://mirror.example/debian bookworm-updates main
LIST
expect "one-line sources" \
  "$(stanza http://mirror.example/debian "Signed-By: /usr/share/keyrings/house.gpg")" \
  "$(backports_stanza)"
if has_suite bookworm-backports; then expect "no backports yet" absent present; fi

fresh
cat >"$CDP_APT_ETC/sources.list.d/debian.sources" <<'SOURCES'
Types: deb
Enabled: no
URIs: http://disabled.example/debian
Suites: bookworm

# the house mirror
Types: deb deb-src
URIs: http://mirror.example/debian/
Suites:
 bookworm
 bookworm-updates
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc
 -----END PGP PUBLIC KEY BLOCK-----
SOURCES
expect "deb822 sources with a key written out" \
  "$(stanza http://mirror.example/debian/ "$(printf 'Signed-By: \n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc\n -----END PGP PUBLIC KEY BLOCK-----')")" \
  "$(backports_stanza)"

fresh
printf 'deb http://mirror.example/debian trixie main\n' >"$CDP_APT_ETC/sources.list"
if backports_stanza >/dev/null; then expect "no bookworm entry" refused accepted; fi
printf 'deb http://mirror.example/debian bookworm-backports main\n' >>"$CDP_APT_ETC/sources.list"
if ! has_suite bookworm-backports; then expect "backports already named" present absent; fi

fresh bookworm
if ! comes_from_backports libsqlcipher-dev; then expect "bookworm" backports plain; fi
if comes_from_backports libsodium-dev; then expect "libsodium" plain backports; fi
fresh trixie
if comes_from_backports libsqlcipher-dev; then expect "trixie" plain backports; fi

# The whole plan on a machine where nothing is installed, and on one where apt must not be touched.
fresh bookworm
printf 'deb http://mirror.example/debian bookworm main\n' >"$CDP_APT_ETC/sources.list"
calls="$scratch/calls"
is_installed() { return 1; }
lists_are_empty() { return 0; }
as_root() {
  if [[ "$1" == tee ]]; then tee "$2" >/dev/null; else echo "${*:3}" >>"$calls"; fi
}
packages_of() { printf '%s\n' g++ libsqlcipher-dev; }
install_packages build >/dev/null
expect "a fresh machine: update, then the plain suite, then backports" \
  "$(printf '%s\n' "apt-get -q update" \
    "apt-get -q install -y --no-install-recommends g++" \
    "apt-get -q install -y --no-install-recommends -t bookworm-backports libsqlcipher-dev")" \
  "$(cat "$calls")"
expect "and the suite is written down" "$(stanza http://mirror.example/debian)" \
  "$(cat "$CDP_APT_ETC/sources.list.d/cdp-backports.sources")"

: >"$calls"
lists_are_empty() { return 1; }
tries=0
apt_install() {
  tries=$((tries + 1))
  [[ $tries -gt 1 ]]
}
install_or_refresh "" g++
expect "a failed install earns one update and a second try" "2 apt-get -q update" \
  "$tries $(cat "$calls")"

: >"$calls"
is_installed() { return 0; }
install_packages build
expect "nothing missing, nothing touched" "" "$(cat "$calls")"

[[ $failures -eq 0 ]] && echo "apt sources: all as expected"
exit "$failures"
