# shellcheck shell=bash
# Stage publish: what ./dev publish --dry-run makes is what a release promises. It builds everything, for 64-bit
# ARM as well. Only by name.

stage_publish() {
  local log=build/publish-tests.log
  attempt "publish --dry-run" tools/dev/publish.sh --dry-run --repository https://example.org/motet/motet || return 0
  say "Testing what would be published"
  tests/publish/artefacts_test.sh build/publish 2>&1 | tee "$log" || true
  count_tests "what would be published" "$log" '^([0-9]+) hold, .*$' '^.*hold, ([0-9]+) do not$' output
}
