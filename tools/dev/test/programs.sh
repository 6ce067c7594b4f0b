# shellcheck shell=bash
# Stage programs: XNNPACK, motet and motet-export, which several stages need. Before these run side by side: none has to
# wait until another one has built what it builds in the same tree.

stage_programs() {
  need "${CODEC_PACKAGES[@]}" "${EXPORT_PACKAGES[@]}" "${TEST_PACKAGES[@]}"
  attempt "build of the programs" build_programs motet_xnnpack motet motet-export || return 0
}
