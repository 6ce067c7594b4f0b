# shellcheck shell=bash
# What failed, and with what message, said once more at the end of ./dev test: a log may be so long that only its end
# is kept. Each stage leaves it in build/test/failed.STAGE.

STAGE_RESULTS=build/test
EXPLANATION_LINES=60 # of a stage; of all stages together a third more

explanations_of() { echo "$STAGE_RESULTS/failed.$1"; }

# explain WHAT KIND LOG: keeps what LOG says about WHAT for the end of the stage that runs (STAGE). KIND: ctest, node and
# playwright are logs of test runners; output is that of any other command; end is only its end.
explain() {
  [[ -n ${STAGE:-} && -f $3 ]] || return 0
  {
    echo "-- $1 (all of it: $3)"
    sed 's/\x1b\[[0-9;]*[A-Za-z]//g; s/\r$//' "$3" >"$3.plain"
    "explain_$2" "$3.plain" | cut -c 1-300
    rm "$3.plain"
  } >>"$(explanations_of "$STAGE")"
}

# CTest prints what a failed test has said after the line that says so. A test of CTest may be many of GoogleTest.
explain_ctest() {
  awk '
    /Test +#[0-9]+: .*(\*\*\*|Not Run)/ && !/\*\*\*Skipped/ {
      sub(/^.*Test +#[0-9]+: /, "")
      sub(/ *\.\.\.+/, ": ")
      sub(/\*\*\*/, " ")
      print "\001" $0
      test = $1
      failed = 1
      next
    }
    /^ *[0-9]+\/[0-9]+ Test +#|^ *Start +[0-9]+: |^[0-9]+% tests passed/ { failed = 0 }
    /^\[ RUN  / { name = $NF; next }
    !failed || /^$|^Note: |^Running main|^\[(=+|-+|  PASSED|       OK|  FAILED)|tests? ran\. \(|FAILED TESTS?$/ { next }
    name != "" && index(test, name) != 1 { print "in " name ":" }
    { name = ""; print }' "$1" | share_lines
}

# TAP: a test that failed because another within it has failed says no more than that one.
explain_node() {
  awk '
    function finish() { if (block != "" && block !~ /subtestsFailed/) printf "%s", block; block = "" }
    /^ *not ok / { finish(); sub(/^ *not ok [0-9]+ - /, ""); block = "\001" $0 "\n"; next }
    /^ *\.\.\.$/ { finish() }
    block != "" && !/^ *(---|duration_ms: .*|type: .*|code: .ERR_TEST_FAILURE.|)$|node:internal/ { block = block $0 "\n" }
    END { finish() }' "$1" | share_lines
}

# Playwright numbers at its end the tests that failed, and then those that failed once and passed then.
explain_playwright() {
  awk '
    FNR == NR { if ($2 == "failed" && NF == 2) failed = $1; next }
    /^  [0-9]+\) / { shown = $1 + 0 <= failed; if (shown) printf "\001" }
    /^ +Retry #/ || /^  [0-9]+ (failed|flaky|skipped|passed|did not run)/ { shown = 0 }
    shown && !/^ *$|Error Context: / { sub(/^    /, "  "); print }' "$1" "$1" | share_lines
}

# All of it, where it is short; otherwise the errors with the lines that follow each.
explain_output() {
  local errors='(^|[^[:alnum:]_])([Ee]rror|ERR!|FAILED|\[warn\]|undefined reference)|^In .* line [0-9]+:'
  if (($(wc -l <"$1") > EXPLANATION_LINES * 2 / 3)) && grep -qE "$errors" "$1"; then
    grep -E -A 3 "$errors" "$1" | grep -v '^--$' | share_lines
  else
    explain_end "$1"
  fi
}

explain_end() { tail -n $((EXPLANATION_LINES * 2 / 3)) "$1"; }

# Of two thirds of the lines of a stage, each block gets the same share; a block begins with a line that begins with \001.
share_lines() {
  awk -v lines=$((EXPLANATION_LINES * 2 / 3)) '
    sub(/^\001/, "") || NR == 1 { blocks++ }
    { block[NR] = blocks; line[NR] = $0 }
    END {
      share = blocks ? int(lines / blocks) : 0
      if (share < 1) share = 1
      for (i = 1; i <= NR; i++) {
        if (block[i] != block[i - 1]) {
          if (block[i] > lines) { printf "... and %d more\n", blocks - lines; exit }
          told = 0
        }
        if (told++ < share) print (told == 1 ? "" : "    ") line[i]
      }
    }'
}

# print_explanations STAGE...
print_explanations() {
  local stage file total lines=$EXPLANATION_LINES files=()
  for stage in "$@"; do
    file=$(explanations_of "$stage")
    [[ ! -s $file ]] || files+=("$file")
  done
  ((${#files[@]} == 0)) && return
  ((lines * ${#files[@]} <= EXPLANATION_LINES * 4 / 3)) || lines=$((EXPLANATION_LINES * 4 / 3 / ${#files[@]}))
  for file in "${files[@]}"; do
    total=$(wc -l <"$file")
    printf '\nWhat failed in stage %s:\n' "${file##*.}"
    head -n "$lines" "$file"
    ((total <= lines)) || echo "... $((total - lines)) more lines: $file"
  done
}
