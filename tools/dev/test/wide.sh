# shellcheck shell=bash
# Stage wide: the npm package where installing and building take minutes: Next.js with both of its
# bundlers, and every version of Node between the oldest and the newest. Only by name.

stage_wide() {
  need "${CODEC_PACKAGES[@]}" "${WASM_PACKAGES[@]}" "${BROWSER_PACKAGES[@]}"
  need_node
  if attempt "build of the npm package" build_for_consumers; then test_consumers wide; fi
}

build_for_consumers() { build_package && install_npm wasm/tests; }
