# shellcheck shell=bash
# Counting of tests. Each test of CTest, of Node's runner and of Playwright counts as one, each check()
# too, and summary() says how it went.

passed=0
failed=0
failures=()

# fail WHAT [NUMBER]: NUMBER tests (1) of WHAT failed.
fail() {
  failed=$((failed + ${2:-1}))
  failures+=("$1")
}

# check NAME COMMAND...: one command that counts as one test.
check() {
  local name=$1
  shift
  if "$@"; then passed=$((passed + 1)); else fail "$name"; fi
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
      ((BASH_REMATCH[1] == 0)) || fail "tests ($tree/$folder)" "${BASH_REMATCH[1]}"
    else
      fail "tests ($tree/$folder) did not finish"
    fi
  done
}

# build_and_test PRESET [FOLDER...]: builds and tests a tree, all of it or what is below some source
# folders. A folder that is not configured (the trainer, where there is no LibTorch) is left out.
build_and_test() {
  local preset=$1 folder folders=()
  shift
  if ! configure_for_tests "$preset"; then
    fail "configuration ($preset)"
    return
  fi
  for folder in "$@"; do
    if [[ -d build/$preset/$folder ]]; then
      folders+=("$folder")
    else
      echo "dev: $folder is not tested: it is not configured, for the reason that CMake gives above" >&2
    fi
  done
  if (($# && ${#folders[@]} == 0)); then return; fi
  if compile "$preset" "${folders[@]/%//all}"; then
    run_ctest "$preset" "${folders[@]}"
  else
    fail "build ($preset)"
  fi
}

# count_tests NAME LOG PASSED FAILED: adds what a test runner's log says, by two patterns whose first
# group is a number.
count_tests() {
  local name=$1 log=$2 ok bad
  ok=$(sed -nE "s/$3/\\1/p" "$log" | tail -n 1)
  bad=$(sed -nE "s/$4/\\1/p" "$log" | tail -n 1)
  passed=$((passed + ${ok:-0}))
  if [[ -z $ok ]]; then
    fail "$name did not finish"
  elif ((${bad:-0} > 0)); then
    fail "$name" "$bad"
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
