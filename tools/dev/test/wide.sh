# shellcheck shell=bash
# Stage wide: the npm package where installing and building take minutes: Next.js with both of its
# bundlers, and every version of Node between the oldest and the newest. Only by name.

stage_wide() {
  need "${CODEC_PACKAGES[@]}" "${WASM_PACKAGES[@]}" "${BROWSER_PACKAGES[@]}"
  need_node
  if build_package && install_npm wasm/tests; then
    test_consumers wide
  else
    fail "build of the npm package"
  fi
}
