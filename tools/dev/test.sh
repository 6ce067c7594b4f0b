#!/usr/bin/env bash
# ./dev test [STAGE...]: builds and tests; without a stage all of them. How a stage is tested: test/.
source "$(dirname "${BASH_SOURCE[0]}")/shared/setup.sh"
# shellcheck source=/dev/null
source tools/dev/shared/counting.sh
# shellcheck source=/dev/null
source tools/dev/shared/lint_checks.sh
# shellcheck source=/dev/null
source tools/dev/shared/stages.sh

# Stages wasm and web wait most of the time, for pages to load and music to be played: they run beside
# the others, which compile and calculate, those of the native tree in one lane and those of other trees in one. What needs
# programs of the native tree comes late in its lane, or waits for them (shared/building.sh).
WAITING_STAGES=(wasm web)
NATIVE_STAGES=(programs core trainer install)
OTHER_STAGES=(lint sanitizers evaluation)
STAGES=("${NATIVE_STAGES[@]}" "${OTHER_STAGES[@]}" "${WAITING_STAGES[@]}")
BY_NAME=(fast analysis wide publish) # only
for stage in "${STAGES[@]}" "${BY_NAME[@]}"; do
  # shellcheck source=/dev/null
  source "tools/dev/test/$stage.sh"
done

# Each test of the native tree belongs to a stage: nobody forgets one that is new.
no_test_is_left_out() {
  local folder all some=0
  all=$(number_of_tests "$BUILD")
  for folder in "${CORE_FOLDERS[@]}" "${TRAINER_FOLDERS[@]}" "${INSTALL_FOLDERS[@]}"; do
    [[ ! -d $BUILD/$folder ]] || some=$((some + $(number_of_tests "$BUILD/$folder")))
  done
  ((all == some)) ||
    echo "dev: $BUILD has $all tests, the stages run $some: add a folder in tools/dev/test" >&2
  ((all == some))
}
number_of_tests() { ctest --test-dir "$1" -N | sed -n 's/^Total Tests: //p'; }

for stage in "$@"; do
  [[ " ${STAGES[*]} ${BY_NAME[*]} " == *" $stage "* ]] ||
    die "test: there is no stage '$stage'; the stages are ${STAGES[*]}, and by name only ${BY_NAME[*]}"
done
if (($#)); then
  run_stages "$@"
  collect_stages "$@"
else
  need "${ALL_PACKAGES[@]}" # all at once, so that a person need not come back
  need_node
  run_side_by_side
  collect_stages "${STAGES[@]}"
  check "every test is in a stage" no_test_is_left_out
fi
summary
