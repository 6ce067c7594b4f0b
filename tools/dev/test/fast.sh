# shellcheck shell=bash
# Stage fast: what changes most, in under three minutes where the tree is built already.

stage_fast() {
  stage_core
  need "${LINT_PACKAGES[@]}"
  check "format" check_format
  check "shell scripts" check_shell
  check "links" check_links
  # The page, where something else has built the package and installed what the page needs.
  if [[ -d $PACKAGE && -d web/node_modules ]]; then
    check "types and format of the page" npm_in web run check
  fi
}
