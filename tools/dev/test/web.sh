# shellcheck shell=bash
# Stage web: the page in the browsers, Chromium, Firefox and WebKitGTK; its types and format.

stage_web() {
  local log=build/web-tests.log
  need "${BROWSER_PACKAGES[@]}" "${PAGE_TEST_PACKAGES[@]}"
  attempt "build of the page" build_page || return 0
  say "Testing the page"
  npm_in web test 2>&1 | tee "$log" || true
  count_playwright "tests of the page" "$log"
  check "types and format of the page" npm_in web run check
}
