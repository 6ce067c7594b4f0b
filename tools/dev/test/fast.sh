# shellcheck shell=bash
# Stage fast: what changes most, in under three minutes where the tree is built already.

stage_fast() {
  stage_core
  need "${LINT_PACKAGES[@]}"
  check "format" check_format
  check "shell scripts" check_shell
  check "links" check_links
}
