#!/usr/bin/env bash
# ./dev packages: installs the Debian packages that `./dev test` needs, or lists them.
source "$(dirname "${BASH_SOURCE[0]}")/shared/setup.sh"

case ${1:-} in
  '')
    need "${ALL_PACKAGES[@]}"
    need_node
    ;;
  --list) printf '%s\n' "${ALL_PACKAGES[@]}" "${NODE_PACKAGES[@]}" | sort -u ;;
  *) die "packages: unknown argument '$1'; there is --list only" ;;
esac
