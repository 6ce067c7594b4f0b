#!/usr/bin/env bash
# ./dev fuzz MINUTES [TARGET...]: coverage-guided fuzzing of everything that reads foreign bytes, under the
# address and undefined-behaviour sanitizers. Each target goes on from what earlier runs have found.
source "$(dirname "${BASH_SOURCE[0]}")/shared/setup.sh"

CORE_TARGETS=(stream entropy decoder model)
TARGETS=("${CORE_TARGETS[@]}" package) # the latter is the npm package's, in JavaScript
FUZZ=build/fuzz
GOLDEN=(core/tests/golden/files core/tests/golden/files_with_tones core/tests/golden/files_with_places
  core/tests/golden/files_with_bands)
JAZZER=wasm/tests/fuzz
NODE=${MOTET_FUZZ_NODE:-node} # Jazzer.js has needs that not every machine's C library meets

minutes=${1:-}
[[ $minutes =~ ^[0-9]+(\.[0-9]+)?$ ]] || die "fuzz: wants a number of minutes for each target, found '$minutes'"
shift
targets=("$@")
named=${#targets[@]}
((named)) || targets=("${TARGETS[@]}")
for target in "${targets[@]}"; do
  [[ " ${TARGETS[*]} " == *" $target "* ]] || die "fuzz: there is no target '$target'; the targets are ${TARGETS[*]}"
done
seconds=$(awk -v minutes="$minutes" 'BEGIN { printf "%d", minutes * 60 + 0.5 }')
((seconds > 0)) || die "fuzz: $minutes minutes are less than a second"

asks_for() { [[ " ${targets[*]} " == *" $1 "* ]]; }

build_core_targets() {
  need "${CODEC_PACKAGES[@]}" "${SANITIZER_PACKAGES[@]}"
  # XNNPACK is always built without sanitizers, so the one of the native tree serves here.
  configure native
  compile native motet_xnnpack
  configure fuzz "-DMOTET_XNNPACK_TREE=$PWD/$BUILD"
  compile fuzz make_corpus "${CORE_TARGETS[@]/%/_fuzzer}"
}

build_package_target() {
  need "${WASM_PACKAGES[@]}"
  need_node
  build_package
  install_npm "$JAZZER"
  # shellcheck disable=SC2016  # what is in the quotes is JavaScript
  local load='require(require("path").resolve(process.argv[1], "node_modules/@jazzer.js/fuzzer"))'
  "$NODE" -e "$load" "$JAZZER" 2>"$FUZZ/package.log" && return
  local why="target 'package' needs Jazzer.js, which cannot be loaded: its binary is made for glibc 2.38 (Debian 13)
  and later. MOTET_FUZZ_NODE names a Node that can"
  ((named == 0)) || die "fuzz: $why"
  left_out="dev: $why. It was left out"
  targets=("${CORE_TARGETS[@]}")
}

mkdir -p "$FUZZ/golden" "$FUZZ/found"
left_out=
[[ ${targets[*]} == package ]] || build_core_targets
! asks_for package || build_package_target

# What fuzzing a target starts from: what is kept in the repository, and what earlier runs have found.
seeds_of() {
  local kept=tests/fuzz/corpus
  case $1 in
    stream | decoder | package) printf '%s\n' "$kept/streams" "$FUZZ/golden" ;;
    entropy) echo "$kept/entropy" ;;
    model) printf '%s\n' "$kept/models" "$FUZZ/models" ;;
  esac
}
for folder in "${GOLDEN[@]}"; do
  for stream in "$folder"/*.motet; do cp "$stream" "$FUZZ/golden/$(basename "$folder")-$(basename "$stream")"; done
done
! asks_for model || "$FUZZ/bin/make_corpus" "$FUZZ/models"

# fuzz TARGET: its log says how far it came; what makes it fail is left in build/fuzz/found.
fuzz() {
  local folders options
  mapfile -t folders < <(seeds_of "$1")
  folders=("$FUZZ/corpus/$1" "${folders[@]}")
  options=("-max_total_time=$seconds" "-artifact_prefix=$FUZZ/found/$1-" -print_final_stats=1 -timeout=60 -max_len=65536)
  mkdir -p "${folders[0]}"
  if [[ $1 == package ]]; then
    # A process of Node with WebAssembly in it maps more than it uses.
    "$NODE" "$JAZZER/node_modules/.bin/jazzer" "$JAZZER/jazzer.mjs" -i build/wasm/package -i "$JAZZER/target" --timeout=60000 \
      "${folders[@]}" -- "${options[@]}" -rss_limit_mb=4096
  else
    "$FUZZ/bin/$1_fuzzer" "${options[@]}" -rss_limit_mb=1024 "${folders[@]}"
  fi >"$FUZZ/$1.log" 2>&1
}

# As many at once as there are processors.
say "Fuzzing ${targets[*]}, $minutes minutes each"
failed=() running=()
wait_for_one() {
  local target=${running[0]%%:*}
  wait "${running[0]##*:}" || failed+=("$target")
  running=("${running[@]:1}")
}
for target in "${targets[@]}"; do
  ((${#running[@]} < $(nproc))) || wait_for_one
  fuzz "$target" &
  running+=("$target:$!")
done
while ((${#running[@]})); do wait_for_one; done

printf '\n%-9s %12s %10s %10s %8s\n' target executions edges features inputs
for target in "${targets[@]}"; do
  awk -v target="$target" '
    / cov: [0-9]+ ft: / {
      for (i = 1; i < NF; ++i) {
        if ($i == "cov:") edges = $(i + 1)
        if ($i == "ft:") features = $(i + 1)
        if ($i == "corp:") { inputs = $(i + 1); sub("/.*", "", inputs) }
      }
    }
    /^stat::number_of_executed_units:/ { executions = $2 }
    END { printf "%-9s %12d %10d %10d %8d\n", target, executions, edges, features, inputs }
  ' "$FUZZ/$target.log"
done
for target in "${failed[@]}"; do
  echo "dev: $target failed: $(grep -hE '^(SUMMARY|==[0-9]+== ?ERROR|Test unit written)' "$FUZZ/$target.log" | tr '\n' ' ')" >&2
done
[[ -z $left_out ]] || echo "$left_out" >&2
((${#failed[@]} == 0))
