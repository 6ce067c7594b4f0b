# shellcheck shell=bash
# Stage evaluation: what is measured beside other codecs, its analysis, and the reports in Chromium.

stage_evaluation() {
  local log=build/evaluation-tests.log
  need "${CODEC_PACKAGES[@]}" "${EVALUATION_PACKAGES[@]}" "${BROWSER_PACKAGES[@]}"
  need_node
  if ! { [[ -f $BUILD/CMakeCache.txt ]] || configure native; } || ! compile native motet; then
    fail "build (motet, for the evaluation)"
    return
  fi
  if ! build_report; then
    fail "build of the page of reports"
    return
  fi
  say "Testing the evaluation"
  npm_in evaluation test 2>&1 | tee "$log" || true
  count_tests "tests of the evaluation" "$log" '^# pass ([0-9]+)$' '^# fail ([0-9]+)$'
  npm_in evaluation run test-report 2>&1 | tee "$log" || true
  count_tests "tests of the reports" "$log" '^ +([0-9]+) passed.*$' '^ +([0-9]+) failed.*$'
  check "types and format of the evaluation" npm_in evaluation run check
}
