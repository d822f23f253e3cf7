# What the house needs from apt, by group, and how it is fetched. Sourced by ./dev.
#
# Nothing is touched when nothing is missing. No host name stands here: SQLCipher 4.6 and rapidfuzz
# come from the backports suite of whatever mirror the machine's own sources already name.

APT_ETC="${CDP_APT_ETC:-/etc/apt}"  # tests point these elsewhere
OS_RELEASE="${CDP_OS_RELEASE:-/etc/os-release}"
readonly SQLCIPHER_MIN=4.6

packages_of() {  # packages_of GROUP: one package a line
  case "$1" in
    build)
      printf '%s\n' g++ lld cmake ninja-build ccache pkg-config ca-certificates openssl \
        libsqlcipher-dev librapidfuzz-cpp-dev libsodium-dev libboost-dev libboost-system-dev \
        nlohmann-json3-dev libsimdjson-dev libexpected-dev libssl-dev libcurl4-openssl-dev \
        libphonenumber-dev libidn2-dev libicu-dev libzstd-dev zlib1g-dev libtomlplusplus-dev \
        libcli11-dev libspdlog-dev prometheus-cpp-dev libkainjow-mustache-dev libjemalloc-dev
      ;;
    test) printf '%s\n' libgtest-dev libgmock-dev librapidcheck-dev ;;
    bench) printf '%s\n' libbenchmark-dev ;;
    format) printf '%s\n' clang-format ;;
    lint) printf '%s\n' clang clang-tidy ;;
    fuzz) printf '%s\n' clang "$(clang_runtime)" ;;
    clients)  # any node and any Chromium will do, wherever they came from
      command -v node >/dev/null || echo nodejs
      command -v npm >/dev/null || echo npm
      command -v chromium >/dev/null || echo chromium
      ;;
    *)
      echo "error: no package group $1" >&2
      return 1
      ;;
  esac
}

# The sanitizer and fuzzer runtime carries clang's major version in its name.
clang_runtime() {
  local major=14
  if command -v clang >/dev/null; then
    major="$(clang -dumpversion | cut -d. -f1)"
  elif apt-cache show clang >/dev/null 2>&1; then
    major="$(apt-cache depends clang | sed -n 's/.*Depends: clang-\([0-9]*\)$/\1/p')"
  fi
  echo "libclang-rt-${major:-14}-dev"
}

is_installed() {
  local lines version
  lines="$(dpkg-query -W -f='${db:Status-Status} ${Version}\n' "$1" 2>/dev/null)" || return 1
  [[ "$lines" == "installed "* ]] || return 1
  version="${lines%%$'\n'*}"
  version="${version#installed }"
  [[ "$1" != libsqlcipher-dev ]] || dpkg --compare-versions "$version" ge "$SQLCIPHER_MIN"
}

missing_of() {  # missing_of GROUP...: the packages of these groups that are not installed
  local group package
  for group in "$@"; do
    for package in $(packages_of "$group"); do
      is_installed "$package" || echo "$package"
    done
  done | sort -u
}

codename() { (. "$OS_RELEASE" && echo "${VERSION_CODENAME:-unknown}"); }

comes_from_backports() {
  [[ "$(codename)" == bookworm ]] &&
    [[ "$1" == libsqlcipher-dev || "$1" == librapidfuzz-cpp-dev ]]
}

# Both source formats as "URI<tab>SUITE<tab>SIGNED-BY" lines (a key written out in place is joined
# by \n). Disabled stanzas and source-only entries are left out.
apt_entries() {
  local file
  for file in "$APT_ETC/sources.list" "$APT_ETC"/sources.list.d/*.list; do
    [[ -r "$file" ]] && awk -f scripts/one_line_sources.awk "$file"
  done
  for file in "$APT_ETC"/sources.list.d/*.sources; do
    [[ -r "$file" ]] && awk -f scripts/deb822_sources.awk "$file"
  done
  return 0
}

has_suite() { apt_entries | awk -F'\t' -v want="$1" '$2 == want { found = 1 } END { exit !found }'; }

# The stanza for backports: the first bookworm entry's mirror and key. Fails when there is none.
backports_stanza() {
  local entry uri key
  entry="$(apt_entries | awk -F'\t' '$2 == "bookworm" && !seen { print; seen = 1 }')"
  [[ -n "$entry" ]] || return 1
  uri="$(cut -f1 <<<"$entry")"
  key="$(cut -f3 <<<"$entry")"
  printf 'Types: deb\nURIs: %s\nSuites: bookworm-backports\nComponents: main\n' "$uri"
  [[ -z "$key" ]] || printf 'Signed-By: %b\n' "$key"
}

as_root() {
  if [[ $EUID -eq 0 ]]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    echo "error: packages are missing, and this is neither root nor a machine with sudo" >&2
    echo "hint: as root, run: ./dev packages, and install what it prints" >&2
    return 1
  fi
}

apt_get() { as_root env DEBIAN_FRONTEND=noninteractive apt-get -q "$@"; }

lists_are_empty() { ! compgen -G '/var/lib/apt/lists/*_Packages*' >/dev/null; }

apt_install() { apt_get install -y --no-install-recommends "$@"; }

# Prints what install_packages would do for these groups, and does nothing.
print_plan() {
  local missing=() backports=() package
  mapfile -t missing < <(missing_of "$@")
  if [[ ${#missing[@]} -eq 0 ]]; then
    echo "nothing is missing"
    return 0
  fi
  for package in "${missing[@]}"; do
    comes_from_backports "$package" && backports+=("$package")
  done
  if [[ ${#backports[@]} -gt 0 ]] && ! has_suite bookworm-backports; then
    echo "write $APT_ETC/sources.list.d/cdp-backports.sources:"
    backports_stanza | sed 's/^/    /'
  fi
  echo "install: ${missing[*]}"
  [[ ${#backports[@]} -eq 0 ]] || echo "of these from bookworm-backports: ${backports[*]}"
}

install_packages() {  # install_packages GROUP...
  local missing=() plain=() backports=() package refresh=false
  mapfile -t missing < <(missing_of "$@")
  [[ ${#missing[@]} -gt 0 ]] || return 0
  echo "== installing with apt: ${missing[*]}"
  for package in "${missing[@]}"; do
    if comes_from_backports "$package"; then backports+=("$package"); else plain+=("$package"); fi
  done
  lists_are_empty && refresh=true
  if [[ ${#backports[@]} -gt 0 ]] && ! has_suite bookworm-backports; then
    add_backports
    refresh=true
  fi
  [[ "$refresh" == false ]] || apt_get update
  install_or_refresh "" "${plain[@]}"
  install_or_refresh bookworm-backports "${backports[@]}"
}

add_backports() {
  local stanza
  if ! stanza="$(backports_stanza)"; then
    echo "error: no apt source of this machine names the suite bookworm" >&2
    echo "hint: add one, or install libsqlcipher-dev >= $SQLCIPHER_MIN and librapidfuzz-cpp-dev by hand" >&2
    return 1
  fi
  as_root tee "$APT_ETC/sources.list.d/cdp-backports.sources" <<<"$stanza" >/dev/null
}

# Stale lists name packages that the mirror has replaced: one failed try earns one update.
install_or_refresh() {  # install_or_refresh SUITE PACKAGE...
  local suite="$1"
  shift
  [[ $# -gt 0 ]] || return 0
  local from=(${suite:+-t "$suite"})
  apt_install "${from[@]}" "$@" && return 0
  apt_get update
  apt_install "${from[@]}" "$@"
}
