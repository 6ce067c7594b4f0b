# shellcheck shell=bash
# Stage install: what `cmake --install` leaves behind is enough to build against. Builds everything.

INSTALL_FOLDERS=(tests/install)

stage_install() {
  need "${CODEC_PACKAGES[@]}" "${TEST_PACKAGES[@]}"
  if configure_for_tests native && compile native; then
    run_ctest native "${INSTALL_FOLDERS[@]}"
  else
    fail "build (native)"
  fi
}
