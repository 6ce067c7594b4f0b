# shellcheck shell=bash
# Stage sanitizers: what stage core tests, with the address and undefined-behaviour sanitizers.

stage_sanitizers() {
  need "${CODEC_PACKAGES[@]}" "${SANITIZER_PACKAGES[@]}" "${TEST_PACKAGES[@]}"
  # XNNPACK is always built without sanitizers, so the one of the native tree serves here.
  if attempt "build (native-debug)" configure_sanitizers; then build_and_test native-debug; fi
}

configure_sanitizers() {
  build_programs motet_xnnpack && configure native-debug "-DMOTET_XNNPACK_TREE=$PWD/$BUILD"
}
