#!/usr/bin/env bash
# ./dev build: the programs, the npm package and the page.
source "$(dirname "${BASH_SOURCE[0]}")/shared/setup.sh"

need "${CODEC_PACKAGES[@]}" "${TRAINER_PACKAGES[@]}" "${EXPORT_PACKAGES[@]}"
configure native
compile native
build_page
say "Programs are in $BIN, the npm package in $PACKAGE, the page in build/web/dist"
