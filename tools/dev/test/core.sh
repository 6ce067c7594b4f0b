# shellcheck shell=bash
# Stage core: the description of the model, libmotet, the metrics and the motet program, natively; fuzz targets; the shipped model.

CORE_FOLDERS=(model_config core tests/fuzz tests/includes tests/shipped)

stage_core() {
  need "${CODEC_PACKAGES[@]}" "${TEST_PACKAGES[@]}"
  build_and_test native "${CORE_FOLDERS[@]}"
}
