# shellcheck shell=bash
# Stage web: the page in the browsers, Chromium, Firefox and WebKitGTK; its types and format.

stage_web() {
  local log=build/web-tests.log
  need "${BROWSER_PACKAGES[@]}" "${PAGE_TEST_PACKAGES[@]}"
  if ! build_page; then
    fail "build of the page"
    return
  fi
  say "Testing the page"
  npm_in web test 2>&1 | tee "$log" || true
  count_tests "tests of the page" "$log" '^ +([0-9]+) passed.*$' '^ +([0-9]+) failed.*$'
  check "types and format of the page" npm_in web run check
}
