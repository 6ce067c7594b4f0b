#!/usr/bin/env bash
# ./dev test [STAGE...]: builds and tests; without a stage all of them. How a stage is tested: test/.
source "$(dirname "${BASH_SOURCE[0]}")/shared/setup.sh"
# shellcheck source=/dev/null
source tools/dev/shared/counting.sh
# shellcheck source=/dev/null
source tools/dev/shared/lint_checks.sh

STAGES=(core sanitizers trainer install wasm web lint)
for stage in "${STAGES[@]}" fast wide publish; do
  # shellcheck source=/dev/null
  source "tools/dev/test/$stage.sh"
done

# Sets `processor` to the seconds of processor time that this shell's children have used, and theirs.
# Not in a subshell: that has no children yet.
measure_processor() {
  times >build/times
  processor=$(awk 'NR == 2 {
    split($1 "m" $2, t, /[ms]+/)
    printf "%d", t[1] * 60 + t[2] + t[3] * 60 + t[4]
  }' build/times)
}

durations=()
run_stage() {
  local stage=$1 wall=$SECONDS cpu
  measure_processor
  cpu=$processor
  say "Stage $stage"
  "stage_$stage"
  measure_processor
  cpu=$((processor - cpu)) wall=$((SECONDS - wall))
  durations+=("$(printf '%-11s %4d:%02d %15d:%02d' "$stage" $((wall / 60)) $((wall % 60)) \
    $((cpu / 60)) $((cpu % 60)))")
}

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
  [[ " ${STAGES[*]} fast wide publish " == *" $stage "* ]] ||
    die "test: there is no stage '$stage'; the stages are ${STAGES[*]}, fast, wide and publish"
done
mkdir -p build
if (($#)); then
  for stage in "$@"; do run_stage "$stage"; done
else
  need "${ALL_PACKAGES[@]}" # all at once, so that a person need not come back
  need_node
  for stage in "${STAGES[@]}"; do run_stage "$stage"; done
  check "every test is in a stage" no_test_is_left_out
fi
printf '\n%-11s %7s %18s\n' stage 'min:s' 'processor min:s'
printf '%s\n' "${durations[@]}"
summary
