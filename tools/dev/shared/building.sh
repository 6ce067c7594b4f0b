# shellcheck shell=bash
# Configuring and compiling with the presets of CMakePresets.json; npm; the package and the page.

# Two GiB of memory for each compiler: LibTorch's headers want it.
parallel_jobs() {
  local cores memory_kib jobs
  cores=$(nproc 2>/dev/null || echo 2)
  memory_kib=$(awk '/^MemTotal:/ {print $2}' /proc/meminfo 2>/dev/null || true)
  jobs=$((${memory_kib:-8388608} / 2097152))
  ((jobs < 1)) && jobs=1
  echo $((jobs < cores ? jobs : cores))
}

# in_tree PRESET COMMAND...: one at a time, because stages that run side by side share a build tree.
in_tree() {
  local preset=$1
  shift
  mkdir -p build
  flock --close "build/$preset.lock" "$@"
}

# configure PRESET [CMAKE ARGUMENTS]
configure() {
  local preset=$1
  shift
  say "Configuring ($preset)"
  in_tree "$preset" cmake --preset "$preset" "$@" >&2
}

# compile PRESET [TARGET...]
compile() {
  local preset=$1
  shift
  say "Building ($preset${*:+: $*})"
  export CMAKE_BUILD_PARALLEL_LEVEL=${CMAKE_BUILD_PARALLEL_LEVEL:-$(parallel_jobs)}
  in_tree "$preset" cmake --build --preset "$preset" ${1:+--target "$@"} >&2
}

# Where stages run side by side, one of them builds the programs that others need, too: these wait until it has ended, and
# need not wait for all else in the native tree.
PROGRAMS_STAGE=programs
PROGRAMS_ENDED=build/test/ended.$PROGRAMS_STAGE
PROGRAMS_ARE_COMING=0

programs_are_built() {
  ((PROGRAMS_ARE_COMING)) && [[ $STAGE != "$PROGRAMS_STAGE" ]] || return 1
  until [[ -f $PROGRAMS_ENDED ]]; do sleep 1; done
  [[ -f $STAGE_RESULTS/$PROGRAMS_STAGE && ! -s $(explanations_of "$PROGRAMS_STAGE") ]]
}

# npm_in FOLDER COMMAND...: npm there, quietly; packages are those of its lock file.
npm_in() {
  local folder=$1
  shift
  npm --prefix "$folder" --no-audit --no-fund --loglevel=error "$@"
}

install_npm() {
  say "Installing the npm packages of $1"
  npm_in "$1" ci >&2
}

# The npm package. Tests of the core as WebAssembly come with run_preset wasm; here they would only
# take time.
build_package() {
  [[ -f build/wasm/CMakeCache.txt ]] || configure wasm -DMOTET_BUILD_TESTS=OFF || return
  compile wasm motet_package
}

# The page, from the package and the ONNX graphs of the shipped model.
build_page() {
  need "${CODEC_PACKAGES[@]}" "${EXPORT_PACKAGES[@]}" "${WASM_PACKAGES[@]}"
  need_node
  build_package || return
  if ! programs_are_built; then
    configure native || return # again: the exporter is only there since its packages are
    compile native motet-export || return
  fi
  say "Exporting the ONNX graphs"
  "$BIN/motet-export" "$MODEL" --force --onnx build/onnx >&2 || return
  install_npm web || return
  say "Building the page"
  npm_in web run build >&2
}

# The page of the evaluation's reports. npm's packages are installed again where the lock file is newer.
build_report() {
  if [[ ! evaluation/node_modules/.package-lock.json -nt evaluation/package-lock.json ]]; then
    install_npm evaluation || return
  fi
  say "Building the page of reports"
  npm_in evaluation run build >&2
}

# For tests, warnings are errors.
configure_for_tests() { configure "$1" -DMOTET_BUILD_TESTS=ON -DMOTET_WERROR=ON; }

# build_programs TARGET...: what tests need of the native tree.
build_programs() {
  programs_are_built || { configure_for_tests native && compile native "$@"; }
}
