# shellcheck shell=bash
# Stage lint: format and lint, as ./dev lint does, but for the analyzer (analysis.sh).

stage_lint() {
  need "${CODEC_PACKAGES[@]}" "${LINT_PACKAGES[@]}"
  [[ -f $BUILD/compile_commands.json ]] || configure_for_tests native
  lint_checks "$BUILD"
}
