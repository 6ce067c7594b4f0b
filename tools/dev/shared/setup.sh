# shellcheck shell=bash
# What every command starts with: it sources this file, which leaves the shell in the root of the
# repository.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."

export LC_ALL=C
export PATH="$PATH:/usr/sbin:/sbin" # dpkg needs them, and a bare environment may lack them

# shellcheck disable=SC2034  # the commands use them
{
  BUILD=build/native
  BIN=$BUILD/bin
  PACKAGE=build/wasm/package
  MODEL=models/motet.motetmodel
  EXCERPT=tests/data/excerpt.flac
}

say() { printf '\n== %s\n' "$*" >&2; }
die() {
  printf 'dev: %s\n' "$*" >&2
  exit 1
}

# shellcheck source=/dev/null
source tools/dev/shared/packages.sh
# shellcheck source=/dev/null
source tools/dev/shared/building.sh
