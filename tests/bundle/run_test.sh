#!/usr/bin/env bash
# `run` of ./dev bundle finds PyTorch, and says what is wrong with one that it cannot use. Folders stand for PyTorch and a
# bundle: what counts is which libraries a program would be given.
#   run_test.sh RUN
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
fail() {
  echo "$*" >&2
  exit 1
}

bundle=$folder/bundle torch=$folder/site-packages/torch
mkdir -p "$bundle/bin" "$bundle/lib" "$torch/lib" "$folder/site-packages/nvidia/cu13/lib" "$folder/path"
cp "$1" "$bundle/run"
echo 2.11.0 >"$bundle/torch-version"
# shellcheck disable=SC2016  # the program's own words
printf '#!/bin/sh\necho "$LD_LIBRARY_PATH|$*"\n' >"$bundle/bin/motet-train"
chmod +x "$bundle/bin/motet-train"
touch "$torch/lib/libtorch_cpu.so" "$torch/__init__.py"
echo "__version__ = '2.11.1+cu130'" >"$torch/version.py"
# A python3 that knows of this folder alone.
printf '#!/bin/sh\nPYTHONPATH=%s exec %s "$@"\n' "$folder/site-packages" "$(command -v python3)" >"$folder/path/python3"
chmod +x "$folder/path/python3"
unset VIRTUAL_ENV CONDA_PREFIX TORCH LD_LIBRARY_PATH

found=$(PATH=$folder/path:$PATH "$bundle/run" motet-train --out "a b")
libraries=${found%|*}
[[ ${found#*|} == "--out a b" ]] || fail "the program got '${found#*|}'"
[[ $libraries == "$torch/lib:$torch/../nvidia/cu13/lib:$bundle/lib" ]] || fail "the program got the libraries $libraries"
[[ $(TORCH=$torch "$bundle/run" motet-train) == "$libraries|" ]] || fail "TORCH was not heard"

# refuses TEXT COMMAND...: ends with an error that says so.
refuses() {
  local said
  ! said=$("${@:2}" 2>&1) || fail "'${*:2}' ended well"
  [[ $said == *"$1"* ]] || fail "'${*:2}' said '$said', wanted '$1'"
}
refuses "wants a program: motet-train" "$bundle/run"
refuses "there is no program 'motet', but motet-train" "$bundle/run" motet
refuses "/nowhere has no lib/libtorch_cpu.so" env TORCH=/nowhere "$bundle/run" motet-train
echo "__version__ = '2.12.0'" >"$torch/version.py"
refuses "is PyTorch 2.12.0; these programs were built for 2.11.0 (./dev bundle --torch 2.12.0" \
  env TORCH="$torch" "$bundle/run" motet-train
