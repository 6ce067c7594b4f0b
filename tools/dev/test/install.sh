# shellcheck shell=bash
# Stage install: what `cmake --install` leaves behind is enough to build against. Builds everything.

INSTALL_FOLDERS=(tests/install)

stage_install() {
  need "${CODEC_PACKAGES[@]}" "${TEST_PACKAGES[@]}"
  if attempt "build (native)" build_all; then run_ctest native "${INSTALL_FOLDERS[@]}"; fi
}

build_all() { configure_for_tests native && compile native; }
