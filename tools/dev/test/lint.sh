# shellcheck shell=bash
# Stage lint: format and lint, as ./dev lint does.

stage_lint() {
  need "${CODEC_PACKAGES[@]}" "${LINT_PACKAGES[@]}"
  [[ -f $BUILD/compile_commands.json ]] || configure native
  lint_checks "$BUILD"
}
