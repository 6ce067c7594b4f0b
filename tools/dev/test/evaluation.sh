# shellcheck shell=bash
# Stage evaluation: what is measured beside other codecs, its analysis, and the reports in Chromium.

stage_evaluation() {
  local log=build/evaluation-tests.log
  need "${CODEC_PACKAGES[@]}" "${EVALUATION_PACKAGES[@]}" "${BROWSER_PACKAGES[@]}"
  need_node
  attempt "build (motet, for the evaluation)" build_programs motet || return 0
  attempt "build of the page of reports" build_report || return 0
  say "Testing the evaluation"
  npm_in evaluation test 2>&1 | tee "$log" || true
  count_node "tests of the evaluation" "$log"
  npm_in evaluation run test-report 2>&1 | tee "$log" || true
  count_playwright "tests of the reports" "$log"
  check "types and format of the evaluation" npm_in evaluation run check
}
