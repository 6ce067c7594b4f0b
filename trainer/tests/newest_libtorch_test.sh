#!/usr/bin/env bash
# Every source of the trainer compiles against the headers of a newer LibTorch than the one that it is built with, without
# a c10d backend and with Gloo's; without a CUDA toolkit. Only the syntax is checked, by Clang: nothing is linked.
#   newest_libtorch_test.sh BUILD_TREE
# The headers come from the smallest wheel of PyTorch (139 MB, for macOS), once, from wherever pip gets packages, and stay in
# BUILD_TREE/newest-libtorch. Without Clang, Python or a package index it says so and exits 77, which counts as skipped.
set -euo pipefail
tree=$1
version=2.15.0
hash=593e5fd0c204284890d1c3dff643be34e549e1d24523e13402510f960d4da438
folder=$tree/newest-libtorch
headers=$folder/$version

skip() {
  echo "skipped: $*"
  exit 77
}

command -v clang++ >/dev/null || skip "clang++ is not installed"
mkdir -p "$folder"
exec 9>"$folder/lock"
flock 9
if [[ ! -d $headers ]]; then
  command -v python3 >/dev/null || skip "python3 is not installed"
  rm -rf "$folder"/venv "$folder"/wheel "$folder"/unpacked
  python3 -m venv "$folder/venv" >"$folder/fetch.log" 2>&1 ||
    skip "python3 cannot make a virtual environment (Debian: python3-venv)"
  echo "torch==$version --hash=sha256:$hash" >"$folder/wanted"
  "$folder/venv/bin/python" -m pip download -q --disable-pip-version-check --retries 1 --timeout 30 --no-deps \
    --require-hashes --only-binary=:all: --platform macosx_14_0_arm64 --implementation cp --python-version 3.12 \
    -d "$folder/wheel" -r "$folder/wanted" >>"$folder/fetch.log" 2>&1 ||
    skip "the wheel of torch $version cannot be fetched: $(tail -n 1 "$folder/fetch.log")"
  mkdir "$folder/unpacked"
  (cd "$folder/unpacked" && cmake -E tar xf "$folder"/wheel/*.whl torch/include)
  mv "$folder/unpacked/torch/include" "$headers"
  rm -rf "$folder"/venv "$folder"/wheel "$folder"/unpacked
fi

# As the build compiles them, joined where it joins them, but with the other headers in front, and without its precompiled
# ones. Definitions of backends are left out.
flags=(-std=c++20 -w -DFMT_HEADER_ONLY=1 -isystem "$headers" -isystem "$headers/torch/csrc/api/include")
clang++ "${flags[@]}" -x c++-header "$headers/torch/csrc/api/include/torch/torch.h" -Xclang -emit-pch -o "$folder/torch.pch"

failed=0 checked=0
# check BACKEND ARGUMENT...: of what the compiler is told otherwise, definitions, folders and the source.
check() {
  local backend=$1 word arguments=()
  shift
  for word in "$@"; do
    case $word in
      -DUSE_C10D_*) ;;
      -D* | -I* | *.cc | *.cxx) arguments+=("$word") ;;
    esac
  done
  checked=$((checked + 1))
  clang++ -fsyntax-only "${flags[@]}" "$backend" -include-pch "$folder/torch.pch" "${arguments[@]}" || failed=$((failed + 1))
}

# The commands of the build that see LibTorch's headers, as a shell reads them.
words=() gloo=()
while read -r command; do
  eval "words=($command)"
  check -UUSE_C10D_GLOO "${words[@]}"
  # What differs between the variants stands in one source.
  if grep -q 'distributed/ranks.cc' "${words[-1]}"; then gloo=("${words[@]}"); fi
done < <(sed -n 's/^ *"command": "\(.*\)",\{0,1\}$/\1/p' "$tree/compile_commands.json" |
  grep 'torch/csrc/api/include' | grep -v 'cmake_pch.hxx.cxx' | sed 's/\\\\/\\/g; s/\\"/"/g')
((checked > 0)) || { echo "no source of the trainer was found in $tree/compile_commands.json" >&2 && exit 1; }
source=${gloo[-1]}
[[ $source != *.cxx ]] || source=$(sed -n 's/^#include "\(.*distributed\/ranks.cc\)"$/\1/p' "$source")
check -DUSE_C10D_GLOO "${gloo[@]:0:${#gloo[@]}-1}" "$source"
echo "$checked compilations against LibTorch $version, $failed failed"
((failed == 0))
