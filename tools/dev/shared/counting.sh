# shellcheck shell=bash
# shellcheck source=/dev/null
source tools/dev/shared/explaining.sh
# Counting of tests. Each test of CTest, of Node's runner and of Playwright counts as one, each check()
# too, and summary() says how it went.

passed=0
failed=0
failures=()

# fail WHAT [NUMBER [KIND LOG]]: NUMBER tests (1) of WHAT failed; LOG says why (explaining.sh).
fail() {
  failed=$((failed + ${2:-1}))
  failures+=("$1")
  (($# < 4)) || explain "$1" "$3" "$4"
}

# check NAME COMMAND...: one command that counts as one test.
check() {
  if attempt "$@"; then passed=$((passed + 1)); fi
}

# attempt NAME COMMAND...: a command that the tests need, and that counts only where it fails. In a shell of its own:
# what it prints is kept, too, for the end.
attempt() {
  local name=$1 log=$STAGE_RESULTS/log.${STAGE:-none}.${1//[^[:alnum:]]/-}
  shift
  mkdir -p "$STAGE_RESULTS"
  if ! "$@" 2>&1 | tee "$log"; then
    fail "$name" 1 output "$log"
    return 1
  fi
}

# run_ctest PRESET [FOLDER...]: the tests of a build tree, all or those below some source folders.
run_ctest() {
  local tree=build/$1 folder log line
  shift
  for folder in "${@:-.}"; do
    say "Testing ($tree${1:+: $folder})"
    log=$tree/$folder/ctest.log
    ctest --test-dir "$tree/$folder" --output-on-failure --no-tests=error \
      --parallel "$(nproc)" 2>&1 | tee "$log" || true
    line=$(grep -E '[0-9]+ tests? failed out of [0-9]+' "$log" | tail -n 1 || true)
    if [[ $line =~ ([0-9]+)\ tests?\ failed\ out\ of\ ([0-9]+) ]]; then
      passed=$((passed + BASH_REMATCH[2] - BASH_REMATCH[1]))
      ((BASH_REMATCH[1] == 0)) || fail "tests ($tree/$folder)" "${BASH_REMATCH[1]}" ctest "$log"
    else
      fail "tests ($tree/$folder) did not finish" 1 output "$log"
    fi
  done
}

# build_and_test PRESET [FOLDER...]: builds and tests a tree, all of it or what is below some source
# folders. A folder that is not configured (the trainer, where there is no LibTorch) is left out.
build_and_test() {
  local preset=$1 folder folders=()
  shift
  attempt "configuration ($preset)" configure_for_tests "$preset" || return 0
  for folder in "$@"; do
    if [[ -d build/$preset/$folder ]]; then
      folders+=("$folder")
    else
      echo "dev: $folder is not tested: it is not configured, for the reason that CMake gives above" >&2
    fi
  done
  if (($# && ${#folders[@]} == 0)); then return; fi
  if attempt "build ($preset)" compile "$preset" "${folders[@]/%//all}"; then
    run_ctest "$preset" "${folders[@]}"
  fi
}

# count_node NAME LOG, count_playwright NAME LOG: add what the log of Node's test runner or Playwright says.
count_node() { count_tests "$1" "$2" '^# pass ([0-9]+)$' '^# fail ([0-9]+)$' node; }
count_playwright() { count_tests "$1" "$2" '^ +([0-9]+) passed.*$' '^ +([0-9]+) failed.*$' playwright; }

# count_tests NAME LOG PASSED FAILED KIND: by two patterns whose first group is a number.
count_tests() {
  local name=$1 log=$2 ok bad
  ok=$(sed -nE "s/$3/\\1/p" "$log" | tail -n 1)
  bad=$(sed -nE "s/$4/\\1/p" "$log" | tail -n 1)
  passed=$((passed + ${ok:-0}))
  if ((${bad:-0} > 0)); then
    fail "$name" "$bad" "$5" "$log"
  elif [[ -z $ok ]]; then
    fail "$name did not finish" 1 output "$log"
  fi
}

# The last line is what continuous integration reads.
summary() {
  local failure
  echo
  for failure in "${failures[@]}"; do echo "failed: $failure"; done
  echo "$passed passed, $failed failed"
  ((failed == 0))
}
