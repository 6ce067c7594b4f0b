# shellcheck shell=bash
# Stage lint: format and lint, as ./dev lint does.

stage_lint() {
  need "${CODEC_PACKAGES[@]}" "${LINT_PACKAGES[@]}"
  [[ -f $BUILD/compile_commands.json ]] || configure native
  renice -n 19 -p $BASHPID >/dev/null # the other lane compiles at this priority, too
  lint_checks "$BUILD"
}
