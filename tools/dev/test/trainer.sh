# shellcheck shell=bash
# Stage trainer: the trainer, the exporter with ONNX Runtime, and that core, trainer and ONNX agree.

TRAINER_FOLDERS=(trainer export tests/agreement)

stage_trainer() {
  need "${CODEC_PACKAGES[@]}" "${TRAINER_PACKAGES[@]}" "${EXPORT_PACKAGES[@]}" "${TEST_PACKAGES[@]}" clang
  need_node
  build_and_test native "${TRAINER_FOLDERS[@]}"
}
