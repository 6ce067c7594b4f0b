# shellcheck shell=bash
# Stage lint: format and lint, as ./dev lint does, but for the analyzer (analysis.sh).

stage_lint() {
  prepare_lint
  lint_checks "$BUILD"
}
