# shellcheck shell=bash
# Stage core: libmotet, the metrics and the motet program, natively; fuzz targets; the shipped model.

CORE_FOLDERS=(core tests/fuzz tests/shipped)

stage_core() {
  need "${CODEC_PACKAGES[@]}" "${TEST_PACKAGES[@]}"
  build_and_test native "${CORE_FOLDERS[@]}"
}
