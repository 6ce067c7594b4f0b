# shellcheck shell=bash
# Stage sanitizers: what stage core tests, with the address and undefined-behaviour sanitizers.

stage_sanitizers() {
  need "${CODEC_PACKAGES[@]}" "${TEST_PACKAGES[@]}"
  build_and_test native-debug
}
