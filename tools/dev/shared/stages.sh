# shellcheck shell=bash
# Stages of ./dev test: each runs in a shell of its own and leaves in build/test/STAGE how it went: what
# it counted (counting.sh), how long it took, and what failed (explaining.sh).

# run_stages STAGE...: one after the other.
run_stages() {
  local stage
  for stage in "$@"; do
    rm -f "$STAGE_RESULTS/log.$stage" # of a run in a lane
    run_stage "$stage"
  done
}

# run_stage STAGE: a command that fails where it should not ends the stage, and the next one runs.
run_stage() {
  mkdir -p "$STAGE_RESULTS"
  rm -f "$STAGE_RESULTS/$1" "$(explanations_of "$1")"
  set +e # not `|| true`, with which the subshell would go on after errors
  (
    set -e
    started=$SECONDS
    # shellcheck disable=SC2034  # counting.sh and explaining.sh ask for it
    STAGE=$1
    say "Stage $1"
    "stage_$1"
    write_result "$1" $((SECONDS - started))
  )
  set -e
}

# write_result STAGE SECONDS. `times` says in its second line what the children of this shell used.
write_result() {
  times >"$STAGE_RESULTS/times.$1"
  {
    echo "$passed $failed $2"
    awk 'NR == 2 {
      split($1 "m" $2, t, /[ms]+/)
      printf "%d\n", t[1] * 60 + t[2] + t[3] * 60 + t[4]
    }' "$STAGE_RESULTS/times.$1"
    ((${#failures[@]} == 0)) || printf '%s\n' "${failures[@]}"
  } >"$STAGE_RESULTS/$1"
}

# Three lanes of stages side by side: WAITING_STAGES, NATIVE_STAGES and OTHER_STAGES. The first play in real time, so
# they go first where others want a processor, too.
run_side_by_side() {
  local lanes=()
  mkdir -p "$STAGE_RESULTS"
  rm -f "$PROGRAMS_ENDED"
  # shellcheck disable=SC2034 # building.sh asks
  PROGRAMS_ARE_COMING=1
  set -m # each lane gets a process group, which can be ended as a whole
  run_lane "${WAITING_STAGES[@]}" </dev/null &
  lanes+=($!)
  nicely run_lane "${NATIVE_STAGES[@]}" </dev/null &
  lanes+=($!)
  nicely run_lane "${OTHER_STAGES[@]}" </dev/null &
  lanes+=($!)
  set +m
  # shellcheck disable=SC2064 # the lanes are those of now
  trap "kill -- ${lanes[*]/#/-}; exit 130" INT TERM
  wait
  trap - INT TERM
}

nicely() {
  renice -n 19 -p $BASHPID >/dev/null
  "$@"
}

# run_lane STAGE...: with the stage before each line that is printed.
run_lane() {
  local stage
  mkdir -p "$STAGE_RESULTS"
  for stage in "$@"; do
    run_stage "$stage" 2>&1 | tee "$STAGE_RESULTS/log.$stage" | sed -u "s/^/$stage | /"
    [[ $stage != "$PROGRAMS_STAGE" ]] || touch "$PROGRAMS_ENDED"
  done
}

# collect_stages STAGE...: adds up what the stages counted, and prints how long each took and what failed.
collect_stages() {
  local stage numbers processor all=0 lines
  printf '\n%-11s %7s %18s\n' stage 'min:s' 'processor min:s'
  for stage in "$@"; do
    if [[ ! -f $STAGE_RESULTS/$stage ]]; then
      STAGE=$stage fail "stage $stage did not finish" 1 end "$STAGE_RESULTS/log.$stage"
      continue
    fi
    {
      read -r -a numbers
      read -r processor
      mapfile -t lines
    } <"$STAGE_RESULTS/$stage"
    passed=$((passed + numbers[0])) failed=$((failed + numbers[1]))
    failures+=("${lines[@]}")
    print_times "$stage" "${numbers[2]}" "$processor"
    all=$((all + processor))
  done
  (($# == 1)) || print_times whole "$SECONDS" "$all"
  print_explanations "$@"
}

# print_times NAME SECONDS SECONDS
print_times() {
  printf '%-11s %4d:%02d %15d:%02d\n' "$1" $(($2 / 60)) $(($2 % 60)) $(($3 / 60)) $(($3 % 60))
}
