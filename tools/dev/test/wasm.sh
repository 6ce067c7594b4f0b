# shellcheck shell=bash
# Stage wasm: the core's tests as WebAssembly in Node, then the npm package from its tarball: in Node,
# in Chromium, in projects that bundle it, in other runtimes.

stage_wasm() {
  need "${CODEC_PACKAGES[@]}" "${WASM_PACKAGES[@]}" "${TEST_PACKAGES[@]}" "${BROWSER_PACKAGES[@]}"
  need_node
  build_and_test wasm
  # The package is compared with the native program.
  if attempt "build (native)" build_programs motet; then test_package; fi
}

test_package() {
  local log=build/wasm/package-tests.log
  attempt "npm packages of wasm/tests" install_npm wasm/tests || return 0
  say "Testing the npm package"
  npm_in wasm/tests test 2>&1 | tee "$log" || true
  count_node "tests of the npm package" "$log"
  test_consumers consumers
  check "format of the npm package" npm_in wasm/tests run check
}

# test_consumers SCRIPT: the package in projects and runtimes of others; a script of wasm/tests.
test_consumers() {
  local log=build/wasm/$1-tests.log
  say "Testing the npm package: $1"
  npm_in wasm/tests run "test:$1" 2>&1 | tee "$log" || true
  count_node "tests of the npm package: $1" "$log"
}
