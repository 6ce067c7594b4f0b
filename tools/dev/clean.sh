#!/usr/bin/env bash
# ./dev clean: removes what was built.
source "$(dirname "${BASH_SOURCE[0]}")/shared/setup.sh"

rm -rf build
